%struct.RegisterRange = type { i64, ptr, ptr, i64 }
%struct.Plain = type { i64, i64, ptr, ptr, i64, ptr }
%struct.Queue = type { ptr, i64, i64 }

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none)
define dso_local i64 @layout_signature() local_unnamed_addr #0 {
entry:
  ret i64 1089573757101584648
}

; Function Attrs: nounwind
define dso_local i64 @on_read(ptr nocapture noundef readnone %emulator, i64 noundef %offset, i32 noundef %width, ptr nocapture noundef readonly %user_data) local_unnamed_addr #1 {
entry:
  %0 = load i64, ptr %user_data, align 8
  %add = add i64 %0, %offset
  %plain_count = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 3
  %1 = load i64, ptr %plain_count, align 8
  %cmp30 = icmp sgt i64 %1, 0
  br i1 %cmp30, label %for.body.lr.ph, label %for.end

for.body.lr.ph:                                   ; preds = %entry
  %plain = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 2
  %2 = load ptr, ptr %plain, align 8
  %cmp6.not.i = icmp eq i32 %width, 4
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %for.inc
  %number.031 = phi i64 [ 0, %for.body.lr.ph ], [ %inc5, %for.inc ]
  %add.ptr = getelementptr %struct.Plain, ptr %2, i64 %number.031
  %3 = load i64, ptr %add.ptr, align 8
  %sub = sub i64 %add, %3
  %cmp2 = icmp sgt i64 %sub, -1
  br i1 %cmp2, label %land.lhs.true, label %for.inc

land.lhs.true:                                    ; preds = %for.body
  %size = getelementptr %struct.Plain, ptr %2, i64 %number.031, i32 1
  %4 = load i64, ptr %size, align 8
  %cmp3 = icmp slt i64 %sub, %4
  br i1 %cmp3, label %land.lhs.true4, label %for.inc

land.lhs.true4:                                   ; preds = %land.lhs.true
  %data.i = getelementptr %struct.Plain, ptr %2, i64 %number.031, i32 4
  %5 = load i64, ptr %data.i, align 8
  %cmp.i = icmp eq i64 %5, %sub
  br i1 %cmp.i, label %if.then.i, label %if.end5.i

if.then.i:                                        ; preds = %land.lhs.true4
  %queue1.i = getelementptr %struct.Plain, ptr %2, i64 %number.031, i32 5
  %6 = load ptr, ptr %queue1.i, align 8
  %next.i = getelementptr inbounds %struct.Queue, ptr %6, i64 0, i32 1
  %7 = load i64, ptr %next.i, align 8
  %last.i = getelementptr inbounds %struct.Queue, ptr %6, i64 0, i32 2
  %8 = load i64, ptr %last.i, align 8
  %cmp2.not.i = icmp slt i64 %7, %8
  br i1 %cmp2.not.i, label %if.end.i, label %for.inc

if.end.i:                                         ; preds = %if.then.i
  %next.i.le = getelementptr inbounds %struct.Queue, ptr %6, i64 0, i32 1
  %9 = load ptr, ptr %6, align 8
  %inc.i = add nsw i64 %7, 1
  store i64 %inc.i, ptr %next.i.le, align 8
  %arrayidx.i = getelementptr i8, ptr %9, i64 %7
  %10 = load i8, ptr %arrayidx.i, align 1
  %conv.i = zext i8 %10 to i64
  br label %if.then

if.end5.i:                                        ; preds = %land.lhs.true4
  %and.i = and i64 %sub, 3
  %cmp8.not.i = icmp eq i64 %and.i, 0
  %or.cond.i = and i1 %cmp6.not.i, %cmp8.not.i
  br i1 %or.cond.i, label %lor.lhs.false10.i, label %for.inc

lor.lhs.false10.i:                                ; preds = %if.end5.i
  %words.i = getelementptr %struct.Plain, ptr %2, i64 %number.031, i32 2
  %11 = load ptr, ptr %words.i, align 8
  %shr.i = lshr i64 %sub, 2
  %arrayidx11.i = getelementptr i64, ptr %11, i64 %shr.i
  %12 = load i64, ptr %arrayidx11.i, align 8
  %cmp12.i = icmp slt i64 %12, 0
  br i1 %cmp12.i, label %for.inc, label %if.then

if.then:                                          ; preds = %lor.lhs.false10.i, %if.end.i
  %.sink.i = phi i64 [ %conv.i, %if.end.i ], [ %12, %lor.lhs.false10.i ]
  %reads = getelementptr %struct.Plain, ptr %2, i64 %number.031, i32 3
  %13 = load ptr, ptr %reads, align 8
  %14 = load i64, ptr %13, align 8
  %inc = add i64 %14, 1
  store i64 %inc, ptr %13, align 8
  br label %return

for.inc:                                          ; preds = %if.end5.i, %lor.lhs.false10.i, %if.then.i, %for.body, %land.lhs.true
  %inc5 = add nuw nsw i64 %number.031, 1
  %exitcond.not = icmp eq i64 %inc5, %1
  br i1 %exitcond.not, label %for.end, label %for.body, !llvm.loop !1

for.end:                                          ; preds = %for.inc, %entry
  %read = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 1
  %15 = load ptr, ptr %read, align 8
  %conv = zext i32 %width to i64
  %call6 = tail call i64 %15(i64 noundef %offset, i64 noundef %conv, i64 noundef 0) #2
  br label %return

return:                                           ; preds = %for.end, %if.then
  %retval.0 = phi i64 [ %.sink.i, %if.then ], [ %call6, %for.end ]
  ret i64 %retval.0
}

attributes #0 = { mustprogress nofree norecurse nosync nounwind willreturn memory(none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { nounwind "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { nobuiltin nounwind "no-builtins" }

!llvm.module.flags = !{!0}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = distinct !{!1, !2, !3}
!2 = !{!"llvm.loop.mustprogress"}
!3 = !{!"llvm.loop.unroll.disable"}
