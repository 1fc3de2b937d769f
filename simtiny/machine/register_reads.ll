%struct.RegisterRange = type { i64, ptr, ptr, i64 }
%struct.Plain = type { i64, i64, ptr, ptr }

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none)
define dso_local i64 @layout_signature() local_unnamed_addr #0 {
entry:
  ret i64 1079662456523868403
}

; Function Attrs: nounwind
define dso_local i64 @on_read(ptr nocapture noundef readnone %emulator, i64 noundef %offset, i32 noundef %width, ptr nocapture noundef readonly %user_data) local_unnamed_addr #1 {
entry:
  %cmp = icmp eq i32 %width, 4
  br i1 %cmp, label %if.then, label %if.end12

if.then:                                          ; preds = %entry
  %0 = load i64, ptr %user_data, align 8
  %add = add i64 %0, %offset
  %plain_count = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 3
  %1 = load i64, ptr %plain_count, align 8
  %cmp129 = icmp sgt i64 %1, 0
  br i1 %cmp129, label %for.body.lr.ph, label %if.end12

for.body.lr.ph:                                   ; preds = %if.then
  %plain = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 2
  %2 = load ptr, ptr %plain, align 8
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %for.inc
  %number.030 = phi i64 [ 0, %for.body.lr.ph ], [ %inc11, %for.inc ]
  %add.ptr = getelementptr %struct.Plain, ptr %2, i64 %number.030
  %3 = load i64, ptr %add.ptr, align 8
  %sub = sub i64 %add, %3
  %cmp3 = icmp slt i64 %sub, 0
  br i1 %cmp3, label %for.inc, label %lor.lhs.false

lor.lhs.false:                                    ; preds = %for.body
  %size = getelementptr %struct.Plain, ptr %2, i64 %number.030, i32 1
  %4 = load i64, ptr %size, align 8
  %cmp4.not = icmp slt i64 %sub, %4
  %and = and i64 %sub, 3
  %cmp6.not = icmp eq i64 %and, 0
  %or.cond = and i1 %cmp6.not, %cmp4.not
  br i1 %or.cond, label %if.end, label %for.inc

if.end:                                           ; preds = %lor.lhs.false
  %words = getelementptr %struct.Plain, ptr %2, i64 %number.030, i32 2
  %5 = load ptr, ptr %words, align 8
  %shr = lshr i64 %sub, 2
  %arrayidx = getelementptr i64, ptr %5, i64 %shr
  %6 = load i64, ptr %arrayidx, align 8
  %cmp8 = icmp sgt i64 %6, -1
  br i1 %cmp8, label %if.then9, label %for.inc

if.then9:                                         ; preds = %if.end
  %reads = getelementptr %struct.Plain, ptr %2, i64 %number.030, i32 3
  %7 = load ptr, ptr %reads, align 8
  %8 = load i64, ptr %7, align 8
  %inc = add i64 %8, 1
  store i64 %inc, ptr %7, align 8
  br label %return

for.inc:                                          ; preds = %if.end, %for.body, %lor.lhs.false
  %inc11 = add nuw nsw i64 %number.030, 1
  %exitcond.not = icmp eq i64 %inc11, %1
  br i1 %exitcond.not, label %if.end12, label %for.body, !llvm.loop !1

if.end12:                                         ; preds = %for.inc, %if.then, %entry
  %read = getelementptr inbounds %struct.RegisterRange, ptr %user_data, i64 0, i32 1
  %9 = load ptr, ptr %read, align 8
  %conv = zext i32 %width to i64
  %call = tail call i64 %9(i64 noundef %offset, i64 noundef %conv, i64 noundef 0) #2
  br label %return

return:                                           ; preds = %if.end12, %if.then9
  %retval.0 = phi i64 [ %6, %if.then9 ], [ %call, %if.end12 ]
  ret i64 %retval.0
}

attributes #0 = { mustprogress nofree norecurse nosync nounwind willreturn memory(none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { nounwind "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { nobuiltin nounwind "no-builtins" }

!llvm.module.flags = !{!0}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = distinct !{!1, !2}
!2 = !{!"llvm.loop.mustprogress"}
