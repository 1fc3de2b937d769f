%struct.Cache = type { i64, ptr, ptr, ptr, i64, i64, i64 }
%struct.Run = type { i64, i64, i64, i64, i64, i64, i64, i64, i64, i64 }
%struct.State = type { %struct.Run, %struct.Table, %struct.Branches, %struct.Operands, %struct.Flash, %struct.Tape, %struct.Emulator }
%struct.Table = type { ptr, i64, ptr, ptr }
%struct.Branches = type { ptr, ptr, i64 }
%struct.Operands = type { ptr, ptr, i64, i64, i64, ptr, ptr, i64, i64, i64, i64, i64, ptr }
%struct.Flash = type { i64, i64, i64, i64, i64, i64, i64, i64, ptr, ptr, ptr, ptr, i64, ptr, i64, ptr, i64 }
%struct.Tape = type { ptr, i64, i64, ptr }
%struct.Emulator = type { ptr, ptr, ptr }
%struct.Event = type { i64, i64 }
%struct.Operation = type { i64, i64, i64, i64, i64, i64, i64 }
%struct.Edge = type { i64, i64, i64, i64, i64, i64, i64, i64 }
%struct.BlockCounts = type { i64, i64, i64, i64, i64, i64, i64, i64, i64 }
%struct.Shadow = type { ptr, ptr, i64, i64, i64, i64, i64 }
%struct.PrefetchFirst = type { i64, i64, i64, i64, i64 }
%struct.Cached = type { i64, i64, i64 }
%struct.CodeRange = type { i64, i64, ptr }

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none)
define dso_local i64 @layout_signature() local_unnamed_addr #0 {
entry:
  ret i64 466991201472705361
}

; Function Attrs: nofree nosync nounwind memory(readwrite, inaccessiblemem: none)
define dso_local i64 @touch(ptr nocapture noundef %cache, i64 noundef %unit) local_unnamed_addr #1 {
entry:
  %0 = load i64, ptr %cache, align 8
  %inc = add i64 %0, 1
  store i64 %inc, ptr %cache, align 8
  %stamps = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 1
  %1 = load ptr, ptr %stamps, align 8
  %arrayidx = getelementptr i64, ptr %1, i64 %unit
  %2 = load i64, ptr %arrayidx, align 8
  %cmp = icmp eq i64 %2, 0
  br i1 %cmp, label %if.then, label %return

if.then:                                          ; preds = %entry
  %set_mask.i = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 5
  %3 = load i64, ptr %set_mask.i, align 8
  %and.i = and i64 %3, %unit
  %units.i = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 2
  %4 = load ptr, ptr %units.i, align 8
  %ways.i = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 4
  %5 = load i64, ptr %ways.i, align 8
  %mul.i = mul i64 %5, %and.i
  %add.ptr.i = getelementptr i64, ptr %4, i64 %mul.i
  %fills.i = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 3
  %6 = load ptr, ptr %fills.i, align 8
  %arrayidx.i = getelementptr i64, ptr %6, i64 %and.i
  %7 = load i64, ptr %arrayidx.i, align 8
  %cmp.i = icmp slt i64 %7, %5
  br i1 %cmp.i, label %if.then.i, label %if.else.i

if.then.i:                                        ; preds = %if.then
  %add.i = add nsw i64 %7, 1
  store i64 %add.i, ptr %arrayidx.i, align 8
  br label %insert.exit

if.else.i:                                        ; preds = %if.then
  %random.i = getelementptr inbounds %struct.Cache, ptr %cache, i64 0, i32 6
  %8 = load i64, ptr %random.i, align 8
  %cmp5.not.i = icmp eq i64 %8, 0
  br i1 %cmp5.not.i, label %if.else16.i, label %if.then6.i

if.then6.i:                                       ; preds = %if.else.i
  %mul8.i = mul i64 %8, 1103515245
  %add9.i = add i64 %mul8.i, 12345
  %and10.i = and i64 %add9.i, 2147483647
  store i64 %and10.i, ptr %random.i, align 8
  %shr.i = lshr i64 %and10.i, 16
  %rem.i = srem i64 %shr.i, %5
  %arrayidx14.i = getelementptr i64, ptr %add.ptr.i, i64 %rem.i
  %9 = load i64, ptr %arrayidx14.i, align 8
  %arrayidx15.i = getelementptr i64, ptr %1, i64 %9
  store i64 0, ptr %arrayidx15.i, align 8
  br label %insert.exit

if.else16.i:                                      ; preds = %if.else.i
  %10 = load i64, ptr %add.ptr.i, align 8
  %cmp2067.i = icmp sgt i64 %5, 1
  br i1 %cmp2067.i, label %for.body.preheader.i, label %for.end.i

for.body.preheader.i:                             ; preds = %if.else16.i
  %arrayidx18.i = getelementptr i64, ptr %1, i64 %10
  %11 = load i64, ptr %arrayidx18.i, align 8
  br label %for.body.i

for.body.i:                                       ; preds = %for.body.i, %for.body.preheader.i
  %way.070.i = phi i64 [ %spec.select66.i, %for.body.i ], [ 0, %for.body.preheader.i ]
  %other.069.i = phi i64 [ %inc.i, %for.body.i ], [ 1, %for.body.preheader.i ]
  %oldest.068.i = phi i64 [ %spec.select.i, %for.body.i ], [ %11, %for.body.preheader.i ]
  %arrayidx21.i = getelementptr i64, ptr %add.ptr.i, i64 %other.069.i
  %12 = load i64, ptr %arrayidx21.i, align 8
  %arrayidx22.i = getelementptr i64, ptr %1, i64 %12
  %13 = load i64, ptr %arrayidx22.i, align 8
  %cmp23.i = icmp slt i64 %13, %oldest.068.i
  %spec.select.i = tail call i64 @llvm.smin.i64(i64 %13, i64 %oldest.068.i)
  %spec.select66.i = select i1 %cmp23.i, i64 %other.069.i, i64 %way.070.i
  %inc.i = add nuw nsw i64 %other.069.i, 1
  %exitcond.not.i = icmp eq i64 %inc.i, %5
  br i1 %exitcond.not.i, label %for.end.loopexit.i, label %for.body.i, !llvm.loop !1

for.end.loopexit.i:                               ; preds = %for.body.i
  %arrayidx25.phi.trans.insert.i = getelementptr i64, ptr %add.ptr.i, i64 %spec.select66.i
  %.pre.i = load i64, ptr %arrayidx25.phi.trans.insert.i, align 8
  br label %for.end.i

for.end.i:                                        ; preds = %for.end.loopexit.i, %if.else16.i
  %14 = phi i64 [ %10, %if.else16.i ], [ %.pre.i, %for.end.loopexit.i ]
  %way.0.lcssa.i = phi i64 [ 0, %if.else16.i ], [ %spec.select66.i, %for.end.loopexit.i ]
  %arrayidx26.i = getelementptr i64, ptr %1, i64 %14
  store i64 0, ptr %arrayidx26.i, align 8
  br label %insert.exit

insert.exit:                                      ; preds = %if.then.i, %if.then6.i, %for.end.i
  %way.2.i = phi i64 [ %7, %if.then.i ], [ %rem.i, %if.then6.i ], [ %way.0.lcssa.i, %for.end.i ]
  %arrayidx29.i = getelementptr i64, ptr %add.ptr.i, i64 %way.2.i
  store i64 %unit, ptr %arrayidx29.i, align 8
  %15 = load i64, ptr %cache, align 8
  br label %return

return:                                           ; preds = %entry, %insert.exit
  %storemerge = phi i64 [ %15, %insert.exit ], [ %inc, %entry ]
  %retval.0 = phi i64 [ 0, %insert.exit ], [ 1, %entry ]
  store i64 %storemerge, ptr %arrayidx, align 8
  ret i64 %retval.0
}

; Function Attrs: mustprogress nofree nosync nounwind willreturn memory(none)
define dso_local i64 @prefetch_left(i64 noundef %miss_cycles, i64 noundef %ran_on, i64 noundef %elapsed, i64 noundef %next_missed, i64 noundef %second_missed) local_unnamed_addr #2 {
entry:
  %tobool.not = icmp eq i64 %ran_on, 0
  br i1 %tobool.not, label %if.end, label %if.then

if.then:                                          ; preds = %entry
  %tobool1.not = icmp eq i64 %second_missed, 0
  %cond = select i1 %tobool1.not, i64 0, i64 %miss_cycles
  br label %return

if.end:                                           ; preds = %entry
  %tobool2.not = icmp eq i64 %next_missed, 0
  br i1 %tobool2.not, label %return, label %cond.true3

cond.true3:                                       ; preds = %if.end
  %sub = sub i64 %miss_cycles, %elapsed
  %cond.i = tail call i64 @llvm.smax.i64(i64 %sub, i64 0)
  br label %return

return:                                           ; preds = %cond.true3, %if.end, %if.then
  %retval.0 = phi i64 [ %cond, %if.then ], [ %cond.i, %cond.true3 ], [ 0, %if.end ]
  ret i64 %retval.0
}

; Function Attrs: mustprogress nofree norecurse nosync nounwind willreturn memory(none)
define dso_local i64 @edge_hash(i64 noundef %where, i64 noundef %before) local_unnamed_addr #0 {
entry:
  %mul = mul i64 %where, 2654435761
  %mul1 = mul i64 %before, 2246822519
  %add = add i64 %mul1, %mul
  %shr = ashr i64 %add, 15
  %xor = xor i64 %shr, %add
  ret i64 %xor
}

; Function Attrs: mustprogress nofree nosync nounwind willreturn memory(none)
define dso_local i64 @divide_cycles(i32 noundef %dividend, i32 noundef %divisor, i64 noundef %is_signed, i64 noundef %shortest, i64 noundef %bits, i64 noundef %longest) local_unnamed_addr #2 {
entry:
  %tobool.not = icmp eq i64 %is_signed, 0
  br i1 %tobool.not, label %if.end, label %if.then

if.then:                                          ; preds = %entry
  %cond = tail call i32 @llvm.abs.i32(i32 %dividend, i1 false)
  %cond8 = tail call i32 @llvm.abs.i32(i32 %divisor, i1 false)
  br label %if.end

if.end:                                           ; preds = %if.then, %entry
  %divisor.addr.0 = phi i32 [ %cond8, %if.then ], [ %divisor, %entry ]
  %dividend.addr.0 = phi i32 [ %cond, %if.then ], [ %dividend, %entry ]
  %0 = add i32 %divisor.addr.0, -1
  %or.cond.not = icmp ult i32 %0, %dividend.addr.0
  br i1 %or.cond.not, label %if.end11, label %return

if.end11:                                         ; preds = %if.end
  %add = add i64 %shortest, 1
  %1 = tail call i32 @llvm.ctlz.i32(i32 %dividend.addr.0, i1 true), !range !4
  %sub.i = sub nuw nsw i32 32, %1
  %conv.i = zext i32 %sub.i to i64
  %2 = tail call i32 @llvm.ctlz.i32(i32 %divisor.addr.0, i1 true), !range !4
  %sub.i26 = sub nuw nsw i32 32, %2
  %conv.i27 = zext i32 %sub.i26 to i64
  %sub13 = sub nsw i64 %conv.i, %conv.i27
  %div = sdiv i64 %sub13, %bits
  %add14 = add i64 %add, %div
  %cond.i = tail call i64 @llvm.smin.i64(i64 %longest, i64 %add14)
  br label %return

return:                                           ; preds = %if.end, %if.end11
  %retval.0 = phi i64 [ %cond.i, %if.end11 ], [ %shortest, %if.end ]
  ret i64 %retval.0
}

; Function Attrs: nounwind
define dso_local i64 @replay(ptr noundef %state, ptr nocapture noundef readonly %events, i64 noundef %count) local_unnamed_addr #3 {
entry:
  %block.i85 = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 2
  %block_begin.i87 = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 3
  %block_end.i90 = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 4
  %cmp127 = icmp sgt i64 %count, 0
  br i1 %cmp127, label %for.body.lr.ph, label %return

for.body.lr.ph:                                   ; preds = %entry
  %operands1.i95 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3
  %base.i96 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 3
  %size.i98 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 4
  %numbers.i106 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 5
  %tape.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5
  %used.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 1
  %room.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 2
  %full.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 3
  %divide_shortest.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 7
  %divide_bits.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 8
  %divide_longest.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 9
  %divides.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 6
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %for.inc
  %number.0128 = phi i64 [ 0, %for.body.lr.ph ], [ %inc, %for.inc ]
  %arrayidx = getelementptr %struct.Event, ptr %events, i64 %number.0128
  %0 = load i64, ptr %arrayidx, align 8
  %operands3 = getelementptr %struct.Event, ptr %events, i64 %number.0128, i32 1
  %1 = load i64, ptr %operands3, align 8
  %shr = lshr i64 %0, 32
  %trunc = trunc i64 %0 to i8
  switch i8 %trunc, label %return [
    i8 1, label %sw.bb
    i8 2, label %sw.bb12
    i8 3, label %sw.bb24
  ]

sw.bb:                                            ; preds = %for.body
  %2 = add i64 %1, -4097
  %or.cond = icmp ult i64 %2, -4096
  br i1 %or.cond, label %return, label %lor.lhs.false6

lor.lhs.false6:                                   ; preds = %sw.bb
  %or = or i64 %shr, %1
  %and7 = and i64 %or, 1
  %cmp8.not = icmp eq i64 %and7, 0
  br i1 %cmp8.not, label %if.end, label %return

if.end:                                           ; preds = %lor.lhs.false6
  %call = tail call fastcc i64 @begin_block(ptr noundef %state, i64 noundef %shr, i64 noundef %1) #10
  %cmp9.not = icmp eq i64 %call, 0
  br i1 %cmp9.not, label %for.inc, label %return

sw.bb12:                                          ; preds = %for.body
  %3 = load i64, ptr %block.i85, align 8
  %cmp.i = icmp sgt i64 %3, -1
  br i1 %cmp.i, label %land.lhs.true.i, label %return

land.lhs.true.i:                                  ; preds = %sw.bb12
  %4 = load i64, ptr %block_begin.i87, align 8
  %cmp1.not.i = icmp sgt i64 %4, %shr
  br i1 %cmp1.not.i, label %return, label %is_in_block.exit

is_in_block.exit:                                 ; preds = %land.lhs.true.i
  %5 = load i64, ptr %block_end.i90, align 8
  %cmp2.i.not = icmp sgt i64 %5, %shr
  br i1 %cmp2.i.not, label %if.end15, label %return

if.end15:                                         ; preds = %is_in_block.exit
  %6 = load i64, ptr %base.i96, align 8
  %sub.i = sub i64 %shr, %6
  %7 = load i64, ptr %size.i98, align 8
  %cmp.not.i = icmp ult i64 %sub.i, %7
  br i1 %cmp.not.i, label %if.end5.i, label %if.then.i

if.then.i:                                        ; preds = %if.end15
  tail call fastcc void @find_range(ptr noundef nonnull %operands1.i95, i64 noundef %shr) #10
  %8 = load i64, ptr %size.i98, align 8
  %cmp3.i = icmp eq i64 %8, 0
  br i1 %cmp3.i, label %for.inc, label %if.then.if.end5_crit_edge.i

if.then.if.end5_crit_edge.i:                      ; preds = %if.then.i
  %.pre.i = load i64, ptr %base.i96, align 8
  %.pre18.i = sub i64 %shr, %.pre.i
  br label %if.end5.i

if.end5.i:                                        ; preds = %if.then.if.end5_crit_edge.i, %if.end15
  %sub7.pre-phi.i = phi i64 [ %.pre18.i, %if.then.if.end5_crit_edge.i ], [ %sub.i, %if.end15 ]
  %9 = load ptr, ptr %numbers.i106, align 8
  %shr.i = lshr i64 %sub7.pre-phi.i, 1
  %arrayidx.i = getelementptr i32, ptr %9, i64 %shr.i
  %10 = load i32, ptr %arrayidx.i, align 4
  %cmp8.i = icmp eq i32 %10, 0
  br i1 %cmp8.i, label %for.inc, label %operation_at.exit

operation_at.exit:                                ; preds = %if.end5.i
  %11 = load ptr, ptr %operands1.i95, align 8
  %idx.ext.i = sext i32 %10 to i64
  %add.ptr.i = getelementptr %struct.Operation, ptr %11, i64 %idx.ext.i
  %cmp17.not = icmp eq ptr %add.ptr.i, null
  br i1 %cmp17.not, label %for.inc, label %land.lhs.true

land.lhs.true:                                    ; preds = %operation_at.exit
  %12 = load i64, ptr %add.ptr.i, align 8
  switch i64 %12, label %for.inc [
    i64 1, label %if.then22
    i64 4, label %if.then22
  ]

if.then22:                                        ; preds = %land.lhs.true, %land.lhs.true
  %conv = trunc i64 %1 to i32
  tail call fastcc void @price_access(ptr noundef nonnull %state, ptr noundef nonnull %add.ptr.i, i64 noundef %shr, i32 noundef %conv) #10
  br label %for.inc

sw.bb24:                                          ; preds = %for.body
  %13 = load i64, ptr %block.i85, align 8
  %cmp.i86 = icmp sgt i64 %13, -1
  br i1 %cmp.i86, label %land.lhs.true.i89, label %return

land.lhs.true.i89:                                ; preds = %sw.bb24
  %14 = load i64, ptr %block_begin.i87, align 8
  %cmp1.not.i88 = icmp sgt i64 %14, %shr
  br i1 %cmp1.not.i88, label %return, label %is_in_block.exit94

is_in_block.exit94:                               ; preds = %land.lhs.true.i89
  %15 = load i64, ptr %block_end.i90, align 8
  %cmp2.i91.not = icmp sgt i64 %15, %shr
  br i1 %cmp2.i91.not, label %if.end29, label %return

if.end29:                                         ; preds = %is_in_block.exit94
  %16 = load i64, ptr %base.i96, align 8
  %sub.i97 = sub i64 %shr, %16
  %17 = load i64, ptr %size.i98, align 8
  %cmp.not.i99 = icmp ult i64 %sub.i97, %17
  br i1 %cmp.not.i99, label %if.end5.i110, label %if.then.i101

if.then.i101:                                     ; preds = %if.end29
  tail call fastcc void @find_range(ptr noundef nonnull %operands1.i95, i64 noundef %shr) #10
  %18 = load i64, ptr %size.i98, align 8
  %cmp3.i100 = icmp eq i64 %18, 0
  br i1 %cmp3.i100, label %for.inc, label %if.then.if.end5_crit_edge.i104

if.then.if.end5_crit_edge.i104:                   ; preds = %if.then.i101
  %.pre.i102 = load i64, ptr %base.i96, align 8
  %.pre18.i103 = sub i64 %shr, %.pre.i102
  br label %if.end5.i110

if.end5.i110:                                     ; preds = %if.then.if.end5_crit_edge.i104, %if.end29
  %sub7.pre-phi.i105 = phi i64 [ %.pre18.i103, %if.then.if.end5_crit_edge.i104 ], [ %sub.i97, %if.end29 ]
  %19 = load ptr, ptr %numbers.i106, align 8
  %shr.i107 = lshr i64 %sub7.pre-phi.i105, 1
  %arrayidx.i108 = getelementptr i32, ptr %19, i64 %shr.i107
  %20 = load i32, ptr %arrayidx.i108, align 4
  %cmp8.i109 = icmp eq i32 %20, 0
  br i1 %cmp8.i109, label %for.inc, label %operation_at.exit115

operation_at.exit115:                             ; preds = %if.end5.i110
  %21 = load ptr, ptr %operands1.i95, align 8
  %idx.ext.i111 = sext i32 %20 to i64
  %add.ptr.i112 = getelementptr %struct.Operation, ptr %21, i64 %idx.ext.i111
  %cmp31.not = icmp eq ptr %add.ptr.i112, null
  br i1 %cmp31.not, label %for.inc, label %land.lhs.true33

land.lhs.true33:                                  ; preds = %operation_at.exit115
  %22 = load i64, ptr %add.ptr.i112, align 8
  %23 = and i64 %22, -2
  %switch = icmp eq i64 %23, 2
  br i1 %switch, label %if.then41, label %for.inc

if.then41:                                        ; preds = %land.lhs.true33
  %conv42 = trunc i64 %1 to i32
  %shr43 = lshr i64 %1, 32
  %conv44 = trunc i64 %shr43 to i32
  %shl.i = and i64 %0, -4294967296
  %or.i = or i64 %shl.i, 3
  %24 = load ptr, ptr %tape.i, align 8
  %cmp.i.i = icmp eq ptr %24, null
  br i1 %cmp.i.i, label %write_down.exit.i, label %if.end.i.i

if.end.i.i:                                       ; preds = %if.then41
  %25 = load i64, ptr %used.i.i, align 8
  %26 = load i64, ptr %room.i.i, align 8
  %cmp1.not.i.i = icmp slt i64 %25, %26
  br i1 %cmp1.not.i.i, label %if.end3.i.i, label %if.then2.i.i

if.then2.i.i:                                     ; preds = %if.end.i.i
  %27 = load ptr, ptr %full.i.i, align 8
  %call.i.i = tail call i64 %27(i64 noundef 0, i64 noundef 0, i64 noundef 0) #11
  %.pre.i.i = load i64, ptr %used.i.i, align 8
  %.pre20.i.i = load i64, ptr %room.i.i, align 8
  br label %if.end3.i.i

if.end3.i.i:                                      ; preds = %if.then2.i.i, %if.end.i.i
  %28 = phi i64 [ %.pre20.i.i, %if.then2.i.i ], [ %26, %if.end.i.i ]
  %29 = phi i64 [ %.pre.i.i, %if.then2.i.i ], [ %25, %if.end.i.i ]
  %cmp6.not.i.i = icmp slt i64 %29, %28
  br i1 %cmp6.not.i.i, label %if.end8.i.i, label %write_down.exit.i

if.end8.i.i:                                      ; preds = %if.end3.i.i
  %30 = load ptr, ptr %tape.i, align 8
  %inc.i.i = add nsw i64 %29, 1
  store i64 %inc.i.i, ptr %used.i.i, align 8
  %arrayidx.i.i = getelementptr %struct.Event, ptr %30, i64 %29
  store i64 %or.i, ptr %arrayidx.i.i, align 8
  %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i.i = getelementptr inbounds i8, ptr %arrayidx.i.i, i64 8
  store i64 %1, ptr %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i.i, align 8
  br label %write_down.exit.i

write_down.exit.i:                                ; preds = %if.end8.i.i, %if.end3.i.i, %if.then41
  %31 = load i64, ptr %add.ptr.i112, align 8
  %cmp.not.i116 = icmp eq i64 %31, 2
  %32 = load i64, ptr %divide_shortest.i, align 8
  %33 = load i64, ptr %divide_bits.i, align 8
  %34 = load i64, ptr %divide_longest.i, align 8
  br i1 %cmp.not.i116, label %if.then.i.i, label %if.end.i18.i

if.then.i.i:                                      ; preds = %write_down.exit.i
  %cond.i.i = tail call i32 @llvm.abs.i32(i32 %conv42, i1 false)
  %cond8.i.i = tail call i32 @llvm.abs.i32(i32 %conv44, i1 false)
  br label %if.end.i18.i

if.end.i18.i:                                     ; preds = %if.then.i.i, %write_down.exit.i
  %divisor.addr.0.i.i = phi i32 [ %cond8.i.i, %if.then.i.i ], [ %conv44, %write_down.exit.i ]
  %dividend.addr.0.i.i = phi i32 [ %cond.i.i, %if.then.i.i ], [ %conv42, %write_down.exit.i ]
  %35 = add i32 %divisor.addr.0.i.i, -1
  %or.cond.not.i.i = icmp ult i32 %35, %dividend.addr.0.i.i
  br i1 %or.cond.not.i.i, label %if.end11.i.i, label %price_divide.exit

if.end11.i.i:                                     ; preds = %if.end.i18.i
  %add.i.i = add i64 %32, 1
  %36 = tail call i32 @llvm.ctlz.i32(i32 %dividend.addr.0.i.i, i1 true), !range !4
  %sub.i.i.i = sub nuw nsw i32 32, %36
  %conv.i.i.i = zext i32 %sub.i.i.i to i64
  %37 = tail call i32 @llvm.ctlz.i32(i32 %divisor.addr.0.i.i, i1 true), !range !4
  %sub.i26.i.i = sub nuw nsw i32 32, %37
  %conv.i27.i.i = zext i32 %sub.i26.i.i to i64
  %sub13.i.i = sub nsw i64 %conv.i.i.i, %conv.i27.i.i
  %div.i.i = sdiv i64 %sub13.i.i, %33
  %add14.i.i = add i64 %add.i.i, %div.i.i
  %cond.i.i.i = tail call i64 @llvm.smin.i64(i64 %34, i64 %add14.i.i)
  br label %price_divide.exit

price_divide.exit:                                ; preds = %if.end.i18.i, %if.end11.i.i
  %retval.0.i.i = phi i64 [ %cond.i.i.i, %if.end11.i.i ], [ %32, %if.end.i18.i ]
  %38 = load ptr, ptr %divides.i, align 8
  %arrayidx.i117 = getelementptr i64, ptr %38, i64 %retval.0.i.i
  %39 = load i64, ptr %arrayidx.i117, align 8
  %inc.i = add i64 %39, 1
  store i64 %inc.i, ptr %arrayidx.i117, align 8
  %40 = load i64, ptr %divide_shortest.i, align 8
  %sub.i118 = sub i64 %retval.0.i.i, %40
  %41 = load i64, ptr %state, align 8
  %add.i = add i64 %sub.i118, %41
  store i64 %add.i, ptr %state, align 8
  br label %for.inc

for.inc:                                          ; preds = %if.end5.i110, %if.then.i101, %if.end5.i, %if.then.i, %land.lhs.true33, %land.lhs.true, %if.end, %if.then22, %operation_at.exit, %price_divide.exit, %operation_at.exit115
  %inc = add nuw nsw i64 %number.0128, 1
  %exitcond.not = icmp eq i64 %inc, %count
  br i1 %exitcond.not, label %return, label %for.body, !llvm.loop !5

return:                                           ; preds = %lor.lhs.false6, %sw.bb, %if.end, %is_in_block.exit, %is_in_block.exit94, %for.body, %for.inc, %land.lhs.true.i, %sw.bb12, %land.lhs.true.i89, %sw.bb24, %entry
  %retval.0 = phi i64 [ %count, %entry ], [ %number.0128, %sw.bb24 ], [ %number.0128, %land.lhs.true.i89 ], [ %number.0128, %sw.bb12 ], [ %number.0128, %land.lhs.true.i ], [ %count, %for.inc ], [ %number.0128, %for.body ], [ %number.0128, %is_in_block.exit94 ], [ %number.0128, %is_in_block.exit ], [ %number.0128, %if.end ], [ %number.0128, %sw.bb ], [ %number.0128, %lor.lhs.false6 ]
  ret i64 %retval.0
}

; Function Attrs: inlinehint nounwind
define internal fastcc i64 @begin_block(ptr noundef %state, i64 noundef %address, i64 noundef %size) unnamed_addr #4 {
entry:
  %table = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1
  %0 = load ptr, ptr %table, align 8
  %block = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 2
  %1 = load i64, ptr %block, align 8
  %shl = shl i64 %size, 32
  %or = or i64 %shl, %address
  %edge_mask = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 1
  %2 = load i64, ptr %edge_mask, align 8
  %mul.i = mul i64 %or, 2654435761
  %mul1.i = mul i64 %1, 2246822519
  %add.i = add i64 %mul1.i, %mul.i
  %shr.i = ashr i64 %add.i, 15
  %xor.i = xor i64 %shr.i, %add.i
  br label %while.cond

while.cond:                                       ; preds = %while.body, %entry
  %call.pn = phi i64 [ %xor.i, %entry ], [ %add, %while.body ]
  %slot.0 = and i64 %call.pn, %2
  %add.ptr = getelementptr %struct.Edge, ptr %0, i64 %slot.0
  %3 = load i64, ptr %add.ptr, align 8
  %cmp.not = icmp eq i64 %3, %or
  br i1 %cmp.not, label %lor.rhs, label %while.body

lor.rhs:                                          ; preds = %while.cond
  %before5 = getelementptr %struct.Edge, ptr %0, i64 %slot.0, i32 1
  %4 = load i64, ptr %before5, align 8
  %cmp6.not = icmp eq i64 %4, %1
  br i1 %cmp6.not, label %while.end, label %while.body

while.body:                                       ; preds = %while.cond, %lor.rhs
  %cmp8 = icmp eq i64 %3, 0
  %add = add i64 %slot.0, 1
  br i1 %cmp8, label %if.then, label %while.cond, !llvm.loop !6

if.then:                                          ; preds = %while.body
  %new_edge = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 3
  %5 = load ptr, ptr %new_edge, align 8
  %call10 = tail call i64 %5(i64 noundef %1, i64 noundef %address, i64 noundef %size) #11
  %cmp11 = icmp slt i64 %call10, 0
  br i1 %cmp11, label %return, label %if.end

if.end:                                           ; preds = %if.then
  %add.ptr13 = getelementptr %struct.Edge, ptr %0, i64 %call10
  br label %while.end

while.end:                                        ; preds = %lor.rhs, %if.end
  %edge.0 = phi ptr [ %add.ptr13, %if.end ], [ %add.ptr, %lor.rhs ]
  %flags = getelementptr inbounds %struct.Edge, ptr %edge.0, i64 0, i32 5
  %6 = load i64, ptr %flags, align 8
  %and16 = and i64 %6, 58
  %tobool.not = icmp eq i64 %and16, 0
  br i1 %tobool.not, label %if.end51, label %if.then17

if.then17:                                        ; preds = %while.end
  %and19 = and i64 %6, 8
  %tobool20.not = icmp eq i64 %and19, 0
  br i1 %tobool20.not, label %if.end26, label %if.then21

if.then21:                                        ; preds = %if.then17
  %pass_watch = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 8
  %7 = load i64, ptr %pass_watch, align 8
  %cmp22.not = icmp eq i64 %7, %or
  br i1 %cmp22.not, label %if.end24, label %if.then23

if.then23:                                        ; preds = %if.then21
  %watched = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 7
  store i64 %or, ptr %watched, align 8
  br label %return

if.end24:                                         ; preds = %if.then21
  store i64 0, ptr %pass_watch, align 8
  %.pre = load i64, ptr %flags, align 8
  br label %if.end26

if.end26:                                         ; preds = %if.end24, %if.then17
  %8 = phi i64 [ %.pre, %if.end24 ], [ %6, %if.then17 ]
  %and28 = and i64 %8, 16
  %tobool29.not = icmp eq i64 %and28, 0
  br i1 %tobool29.not, label %lor.lhs.false, label %if.then35

lor.lhs.false:                                    ; preds = %if.end26
  %and31 = and i64 %8, 2
  %tobool32.not = icmp eq i64 %and31, 0
  br i1 %tobool32.not, label %if.end43, label %land.lhs.true

land.lhs.true:                                    ; preds = %lor.lhs.false
  %first.i = getelementptr inbounds %struct.Edge, ptr %edge.0, i64 0, i32 6
  %9 = load i64, ptr %first.i, align 8
  %10 = inttoptr i64 %9 to ptr
  %last.i = getelementptr inbounds %struct.Edge, ptr %edge.0, i64 0, i32 7
  %11 = load i64, ptr %last.i, align 8
  %12 = inttoptr i64 %11 to ptr
  %13 = load i64, ptr %edge.0, align 8
  %cmp10.i = icmp sgt i64 %13, 4294967295
  br i1 %cmp10.i, label %for.body.preheader.i, label %if.end43

for.body.preheader.i:                             ; preds = %land.lhs.true
  %shr.i146 = lshr i64 %13, 32
  br label %for.body.i

for.cond.i:                                       ; preds = %for.body.i
  %inc.i = add nuw nsw i64 %byte.011.i, 1
  %exitcond.not.i = icmp eq i64 %inc.i, %shr.i146
  br i1 %exitcond.not.i, label %if.end43, label %for.body.i, !llvm.loop !7

for.body.i:                                       ; preds = %for.cond.i, %for.body.preheader.i
  %byte.011.i = phi i64 [ %inc.i, %for.cond.i ], [ 0, %for.body.preheader.i ]
  %arrayidx.i = getelementptr i8, ptr %10, i64 %byte.011.i
  %14 = load i8, ptr %arrayidx.i, align 1
  %arrayidx1.i = getelementptr i8, ptr %12, i64 %byte.011.i
  %15 = load i8, ptr %arrayidx1.i, align 1
  %cmp3.not.i = icmp eq i8 %14, %15
  br i1 %cmp3.not.i, label %for.cond.i, label %if.then35

if.then35:                                        ; preds = %for.body.i, %if.end26
  %new_edge37 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 3
  %16 = load ptr, ptr %new_edge37, align 8
  %call38 = tail call i64 %16(i64 noundef %1, i64 noundef %address, i64 noundef %size) #11
  %cmp39 = icmp slt i64 %call38, 0
  br i1 %cmp39, label %return, label %if.end41

if.end41:                                         ; preds = %if.then35
  %add.ptr42 = getelementptr %struct.Edge, ptr %0, i64 %call38
  %flags44.phi.trans.insert = getelementptr %struct.Edge, ptr %0, i64 %call38, i32 5
  %.pre207 = load i64, ptr %flags44.phi.trans.insert, align 8
  br label %if.end43

if.end43:                                         ; preds = %for.cond.i, %land.lhs.true, %if.end41, %lor.lhs.false
  %17 = phi i64 [ %.pre207, %if.end41 ], [ %8, %lor.lhs.false ], [ %8, %land.lhs.true ], [ %8, %for.cond.i ]
  %edge.1 = phi ptr [ %add.ptr42, %if.end41 ], [ %edge.0, %lor.lhs.false ], [ %edge.0, %land.lhs.true ], [ %edge.0, %for.cond.i ]
  %and45 = and i64 %17, 32
  %tobool46.not = icmp eq i64 %and45, 0
  br i1 %tobool46.not, label %if.end51, label %land.lhs.true47

land.lhs.true47:                                  ; preds = %if.end43
  %held_back = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 9
  %18 = load i64, ptr %held_back, align 8
  %cmp48.not = icmp eq i64 %18, 0
  br i1 %cmp48.not, label %if.end51, label %if.then49

if.then49:                                        ; preds = %land.lhs.true47
  %deadline = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 1
  store i64 0, ptr %deadline, align 8
  br label %if.end51

if.end51:                                         ; preds = %if.end43, %land.lhs.true47, %if.then49, %while.end
  %edge.2 = phi ptr [ %edge.1, %if.then49 ], [ %edge.1, %land.lhs.true47 ], [ %edge.1, %if.end43 ], [ %edge.0, %while.end ]
  %tape = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5
  %shl52 = shl i64 %address, 32
  %or53 = or i64 %shl52, 1
  %19 = load ptr, ptr %tape, align 8
  %cmp.i = icmp eq ptr %19, null
  br i1 %cmp.i, label %write_down.exit, label %if.end.i

if.end.i:                                         ; preds = %if.end51
  %used.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 1
  %20 = load i64, ptr %used.i, align 8
  %room.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 2
  %21 = load i64, ptr %room.i, align 8
  %cmp1.not.i = icmp slt i64 %20, %21
  br i1 %cmp1.not.i, label %if.end3.i, label %if.then2.i

if.then2.i:                                       ; preds = %if.end.i
  %full.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 3
  %22 = load ptr, ptr %full.i, align 8
  %call.i = tail call i64 %22(i64 noundef 0, i64 noundef 0, i64 noundef 0) #11
  %.pre.i = load i64, ptr %used.i, align 8
  %.pre20.i = load i64, ptr %room.i, align 8
  br label %if.end3.i

if.end3.i:                                        ; preds = %if.then2.i, %if.end.i
  %23 = phi i64 [ %.pre20.i, %if.then2.i ], [ %21, %if.end.i ]
  %24 = phi i64 [ %.pre.i, %if.then2.i ], [ %20, %if.end.i ]
  %cmp6.not.i = icmp slt i64 %24, %23
  br i1 %cmp6.not.i, label %if.end8.i, label %write_down.exit

if.end8.i:                                        ; preds = %if.end3.i
  %25 = load ptr, ptr %tape, align 8
  %inc.i147 = add nsw i64 %24, 1
  store i64 %inc.i147, ptr %used.i, align 8
  %arrayidx.i148 = getelementptr %struct.Event, ptr %25, i64 %24
  store i64 %or53, ptr %arrayidx.i148, align 8
  %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i = getelementptr inbounds i8, ptr %arrayidx.i148, i64 8
  store i64 %size, ptr %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i, align 8
  br label %write_down.exit

write_down.exit:                                  ; preds = %if.end51, %if.end3.i, %if.end8.i
  %flags54 = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 5
  %26 = load i64, ptr %flags54, align 8
  %and55 = and i64 %26, 64
  %tobool56.not = icmp eq i64 %and55, 0
  br i1 %tobool56.not, label %if.end63, label %land.lhs.true57

land.lhs.true57:                                  ; preds = %write_down.exit
  %mispredict = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 2, i32 2
  %27 = load i64, ptr %mispredict, align 8
  %cmp58.not = icmp eq i64 %27, 0
  br i1 %cmp58.not, label %if.end63, label %if.then59

if.then59:                                        ; preds = %land.lhs.true57
  %28 = trunc i64 %26 to i32
  %branches.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 2
  %predictors.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 2, i32 1
  %29 = load ptr, ptr %predictors.i, align 8
  %30 = load ptr, ptr %branches.i, align 8
  %arrayidx.i149 = getelementptr i32, ptr %30, i64 %1
  %31 = load i32, ptr %arrayidx.i149, align 4
  %idx.ext.i = sext i32 %31 to i64
  %add.ptr.i = getelementptr i8, ptr %29, i64 %idx.ext.i
  %32 = load i8, ptr %add.ptr.i, align 1
  %cmp.i150 = icmp slt i8 %32, 2
  %33 = and i32 %28, 4
  %34 = icmp ne i32 %33, 0
  %cmp3.not.i151 = xor i1 %34, %cmp.i150
  br i1 %cmp3.not.i151, label %if.end.i154, label %if.then.i

if.then.i:                                        ; preds = %if.then59
  %counts.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 2
  %35 = load ptr, ptr %counts.i, align 8
  %mispredicts.i = getelementptr %struct.BlockCounts, ptr %35, i64 %1, i32 5
  %36 = load i64, ptr %mispredicts.i, align 8
  %inc.i152 = add i64 %36, 1
  store i64 %inc.i152, ptr %mispredicts.i, align 8
  %37 = load i64, ptr %mispredict, align 8
  %38 = load i64, ptr %state, align 8
  %add.i153 = add i64 %38, %37
  store i64 %add.i153, ptr %state, align 8
  %.pre208 = load i8, ptr %add.ptr.i, align 1
  br label %if.end.i154

if.end.i154:                                      ; preds = %if.then.i, %if.then59
  %39 = phi i8 [ %.pre208, %if.then.i ], [ %32, %if.then59 ]
  %tobool.not.i = icmp eq i32 %33, 0
  br i1 %tobool.not.i, label %cond.false.i, label %cond.true.i

cond.true.i:                                      ; preds = %if.end.i154
  %40 = tail call i8 @llvm.smin.i8(i8 %39, i8 2)
  %narrow.i = add nsw i8 %40, 1
  br label %predict.exit

cond.false.i:                                     ; preds = %if.end.i154
  %41 = tail call i8 @llvm.smax.i8(i8 %39, i8 1)
  %cond.i23.i = add nsw i8 %41, -1
  br label %predict.exit

predict.exit:                                     ; preds = %cond.true.i, %cond.false.i
  %cond.i = phi i8 [ %narrow.i, %cond.true.i ], [ %cond.i23.i, %cond.false.i ]
  store i8 %cond.i, ptr %add.ptr.i, align 1
  br label %if.end63

if.end63:                                         ; preds = %predict.exit, %land.lhs.true57, %write_down.exit
  %count = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 2
  %42 = load i64, ptr %count, align 8
  %inc = add i64 %42, 1
  store i64 %inc, ptr %count, align 8
  %block64 = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 4
  %43 = load i64, ptr %block64, align 8
  store i64 %43, ptr %block, align 8
  %block_begin = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 3
  store i64 %address, ptr %block_begin, align 8
  %add66 = add i64 %size, %address
  %block_end = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 4
  store i64 %add66, ptr %block_end, align 8
  %44 = load i64, ptr %flags54, align 8
  %shr = ashr i64 %44, 16
  %block_rate = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 5
  store i64 %shr, ptr %block_rate, align 8
  %45 = load i64, ptr %flags54, align 8
  %and69 = and i64 %45, 1
  %tobool70.not = icmp eq i64 %and69, 0
  br i1 %tobool70.not, label %if.else, label %if.then71

if.then71:                                        ; preds = %if.end63
  %shadows_count = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 12
  %46 = load i64, ptr %shadows_count, align 8
  %cmp72.not = icmp eq i64 %46, 0
  br i1 %cmp72.not, label %if.then71.if.end75_crit_edge, label %if.then74

if.then71.if.end75_crit_edge:                     ; preds = %if.then71
  %last8.i.phi.trans.insert = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 7
  %.pre210 = load i64, ptr %last8.i.phi.trans.insert, align 8
  br label %if.end75

if.then74:                                        ; preds = %if.then71
  %flash1.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4
  %shr.i155 = ashr i64 %45, 16
  %47 = load i64, ptr %edge.2, align 8
  %and.i = and i64 %47, 4294967295
  %48 = load i64, ptr %flash1.i, align 8
  %sub.i = sub i64 %and.i, %48
  %mask.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 2
  %49 = load i64, ptr %mask.i, align 8
  %and2.i = and i64 %sub.i, %49
  %first.i156 = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 6
  %50 = load i64, ptr %first.i156, align 8
  %last.i157 = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 7
  %51 = load i64, ptr %last.i157, align 8
  %cmp.not75.i = icmp sgt i64 %50, %51
  br i1 %cmp.not75.i, label %if.end75, label %for.body.lr.ph.i

for.body.lr.ph.i:                                 ; preds = %if.then74
  %fetch_since.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 7
  %52 = load i64, ptr %fetch_since.i, align 8
  %fetch_unit.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 6
  %53 = load i64, ptr %fetch_unit.i, align 8
  %unit_shift.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 3
  %miss_cycles.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 4
  %policy.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 13
  %fetch_ahead.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 5
  %shadows.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 11
  br label %for.body.i158

for.body.i158:                                    ; preds = %for.end.i, %for.body.lr.ph.i
  %54 = phi i64 [ %46, %for.body.lr.ph.i ], [ %87, %for.end.i ]
  %55 = phi i64 [ %51, %for.body.lr.ph.i ], [ %88, %for.end.i ]
  %previous.078.i = phi i64 [ %53, %for.body.lr.ph.i ], [ %unit.076.i, %for.end.i ]
  %since.077.i = phi i64 [ %52, %for.body.lr.ph.i ], [ %spec.select.i, %for.end.i ]
  %unit.076.i = phi i64 [ %50, %for.body.lr.ph.i ], [ %inc34.i, %for.end.i ]
  %56 = load i64, ptr %state, align 8
  %57 = load i64, ptr %first.i156, align 8
  %cmp4.not.i = icmp eq i64 %unit.076.i, %57
  br i1 %cmp4.not.i, label %if.end.i162, label %if.then.i161

if.then.i161:                                     ; preds = %for.body.i158
  %58 = load i64, ptr %unit_shift.i, align 8
  %shl.i = shl i64 %unit.076.i, %58
  %sub5.i = sub i64 %shl.i, %and2.i
  %mul.i159 = mul i64 %sub5.i, %shr.i155
  %shr6.i = ashr i64 %mul.i159, 16
  %add.i160 = add i64 %shr6.i, %56
  br label %if.end.i162

if.end.i162:                                      ; preds = %if.then.i161, %for.body.i158
  %now.0.i = phi i64 [ %add.i160, %if.then.i161 ], [ %56, %for.body.i158 ]
  %add7.i = add i64 %previous.078.i, 1
  %cmp8.i = icmp eq i64 %unit.076.i, %add7.i
  br i1 %cmp8.i, label %land.rhs.i, label %land.end.i

land.rhs.i:                                       ; preds = %if.end.i162
  %59 = load i64, ptr %flags54, align 8
  %and10.i = and i64 %59, 4
  %cmp11.i = icmp eq i64 %and10.i, 0
  %cmp13.i = icmp ne i64 %unit.076.i, %57
  %spec.select72.i = select i1 %cmp11.i, i1 true, i1 %cmp13.i
  br label %land.end.i

land.end.i:                                       ; preds = %land.rhs.i, %if.end.i162
  %60 = phi i1 [ false, %if.end.i162 ], [ %spec.select72.i, %land.rhs.i ]
  %61 = load i64, ptr %miss_cycles.i, align 8
  %sub14.i = sub i64 %now.0.i, %since.077.i
  %62 = load ptr, ptr %policy.i.i, align 8
  %63 = load i64, ptr %fetch_ahead.i.i, align 8
  %64 = load i64, ptr %62, align 8
  %tobool.not.i.i = icmp eq i64 %64, 0
  %cond.i.i = select i1 %tobool.not.i.i, i64 0, i64 %sub14.i
  %cond.i.i.i = tail call i64 @llvm.smax.i64(i64 %63, i64 %cond.i.i)
  %cond.i4.i.i = tail call i64 @llvm.smin.i64(i64 %cond.i.i.i, i64 31)
  %sub15.i = sub i64 %61, %cond.i4.i.i
  %cond.i68.i = tail call i64 @llvm.smax.i64(i64 %sub15.i, i64 0)
  %cmp1873.i = icmp sgt i64 %54, 0
  br i1 %cmp1873.i, label %for.body19.i, label %for.end.i

for.body19.i:                                     ; preds = %land.end.i, %for.inc.i
  %index.074.i = phi i64 [ %inc29.i, %for.inc.i ], [ 0, %land.end.i ]
  %65 = load ptr, ptr %shadows.i, align 8
  %add.ptr.i163 = getelementptr %struct.Shadow, ptr %65, i64 %index.074.i
  %66 = load ptr, ptr %add.ptr.i163, align 8
  %67 = load i64, ptr %66, align 8
  %inc.i.i = add i64 %67, 1
  store i64 %inc.i.i, ptr %66, align 8
  %stamps.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 1
  %68 = load ptr, ptr %stamps.i.i, align 8
  %arrayidx.i.i = getelementptr i64, ptr %68, i64 %unit.076.i
  %69 = load i64, ptr %arrayidx.i.i, align 8
  %cmp.i.i = icmp eq i64 %69, 0
  br i1 %cmp.i.i, label %if.then.i.i, label %touch.exit.i

if.then.i.i:                                      ; preds = %for.body19.i
  %set_mask.i.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 5
  %70 = load i64, ptr %set_mask.i.i.i, align 8
  %and.i.i.i = and i64 %70, %unit.076.i
  %units.i.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 2
  %71 = load ptr, ptr %units.i.i.i, align 8
  %ways.i.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 4
  %72 = load i64, ptr %ways.i.i.i, align 8
  %mul.i.i.i = mul i64 %72, %and.i.i.i
  %add.ptr.i.i.i = getelementptr i64, ptr %71, i64 %mul.i.i.i
  %fills.i.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 3
  %73 = load ptr, ptr %fills.i.i.i, align 8
  %arrayidx.i.i.i = getelementptr i64, ptr %73, i64 %and.i.i.i
  %74 = load i64, ptr %arrayidx.i.i.i, align 8
  %cmp.i.i.i = icmp slt i64 %74, %72
  br i1 %cmp.i.i.i, label %if.then.i.i.i, label %if.else.i.i.i

if.then.i.i.i:                                    ; preds = %if.then.i.i
  %add.i.i.i = add nsw i64 %74, 1
  store i64 %add.i.i.i, ptr %arrayidx.i.i.i, align 8
  br label %if.end22.i

if.else.i.i.i:                                    ; preds = %if.then.i.i
  %random.i.i.i = getelementptr inbounds %struct.Cache, ptr %66, i64 0, i32 6
  %75 = load i64, ptr %random.i.i.i, align 8
  %cmp5.not.i.i.i = icmp eq i64 %75, 0
  br i1 %cmp5.not.i.i.i, label %if.else16.i.i.i, label %if.then6.i.i.i

if.then6.i.i.i:                                   ; preds = %if.else.i.i.i
  %mul8.i.i.i = mul i64 %75, 1103515245
  %add9.i.i.i = add i64 %mul8.i.i.i, 12345
  %and10.i.i.i = and i64 %add9.i.i.i, 2147483647
  store i64 %and10.i.i.i, ptr %random.i.i.i, align 8
  %shr.i.i.i = lshr i64 %and10.i.i.i, 16
  %rem.i.i.i = srem i64 %shr.i.i.i, %72
  %arrayidx14.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %rem.i.i.i
  %76 = load i64, ptr %arrayidx14.i.i.i, align 8
  %arrayidx15.i.i.i = getelementptr i64, ptr %68, i64 %76
  store i64 0, ptr %arrayidx15.i.i.i, align 8
  br label %if.end22.i

if.else16.i.i.i:                                  ; preds = %if.else.i.i.i
  %77 = load i64, ptr %add.ptr.i.i.i, align 8
  %cmp2067.i.i.i = icmp sgt i64 %72, 1
  br i1 %cmp2067.i.i.i, label %for.body.preheader.i.i.i, label %for.end.i.i.i

for.body.preheader.i.i.i:                         ; preds = %if.else16.i.i.i
  %arrayidx18.i.i.i = getelementptr i64, ptr %68, i64 %77
  %78 = load i64, ptr %arrayidx18.i.i.i, align 8
  br label %for.body.i.i.i

for.body.i.i.i:                                   ; preds = %for.body.i.i.i, %for.body.preheader.i.i.i
  %way.070.i.i.i = phi i64 [ %spec.select66.i.i.i, %for.body.i.i.i ], [ 0, %for.body.preheader.i.i.i ]
  %other.069.i.i.i = phi i64 [ %inc.i.i.i, %for.body.i.i.i ], [ 1, %for.body.preheader.i.i.i ]
  %oldest.068.i.i.i = phi i64 [ %spec.select.i.i.i, %for.body.i.i.i ], [ %78, %for.body.preheader.i.i.i ]
  %arrayidx21.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %other.069.i.i.i
  %79 = load i64, ptr %arrayidx21.i.i.i, align 8
  %arrayidx22.i.i.i = getelementptr i64, ptr %68, i64 %79
  %80 = load i64, ptr %arrayidx22.i.i.i, align 8
  %cmp23.i.i.i = icmp slt i64 %80, %oldest.068.i.i.i
  %spec.select.i.i.i = tail call i64 @llvm.smin.i64(i64 %80, i64 %oldest.068.i.i.i)
  %spec.select66.i.i.i = select i1 %cmp23.i.i.i, i64 %other.069.i.i.i, i64 %way.070.i.i.i
  %inc.i.i.i = add nuw nsw i64 %other.069.i.i.i, 1
  %exitcond.not.i.i.i = icmp eq i64 %inc.i.i.i, %72
  br i1 %exitcond.not.i.i.i, label %for.end.loopexit.i.i.i, label %for.body.i.i.i, !llvm.loop !1

for.end.loopexit.i.i.i:                           ; preds = %for.body.i.i.i
  %arrayidx25.phi.trans.insert.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %spec.select66.i.i.i
  %.pre.i.i.i = load i64, ptr %arrayidx25.phi.trans.insert.i.i.i, align 8
  br label %for.end.i.i.i

for.end.i.i.i:                                    ; preds = %for.end.loopexit.i.i.i, %if.else16.i.i.i
  %81 = phi i64 [ %77, %if.else16.i.i.i ], [ %.pre.i.i.i, %for.end.loopexit.i.i.i ]
  %way.0.lcssa.i.i.i = phi i64 [ 0, %if.else16.i.i.i ], [ %spec.select66.i.i.i, %for.end.loopexit.i.i.i ]
  %arrayidx26.i.i.i = getelementptr i64, ptr %68, i64 %81
  store i64 0, ptr %arrayidx26.i.i.i, align 8
  br label %if.end22.i

touch.exit.i:                                     ; preds = %for.body19.i
  store i64 %inc.i.i, ptr %arrayidx.i.i, align 8
  br label %for.inc.i

if.end22.i:                                       ; preds = %for.end.i.i.i, %if.then6.i.i.i, %if.then.i.i.i
  %way.2.i.i.i = phi i64 [ %74, %if.then.i.i.i ], [ %rem.i.i.i, %if.then6.i.i.i ], [ %way.0.lcssa.i.i.i, %for.end.i.i.i ]
  %arrayidx29.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %way.2.i.i.i
  store i64 %unit.076.i, ptr %arrayidx29.i.i.i, align 8
  %82 = load i64, ptr %66, align 8
  store i64 %82, ptr %arrayidx.i.i, align 8
  br i1 %60, label %if.then24.i, label %if.else.i

if.then24.i:                                      ; preds = %if.end22.i
  %sequential25.i = getelementptr %struct.Shadow, ptr %65, i64 %index.074.i, i32 3
  %83 = load i64, ptr %sequential25.i, align 8
  %inc.i164 = add i64 %83, 1
  store i64 %inc.i164, ptr %sequential25.i, align 8
  %sequential_wait.i = getelementptr %struct.Shadow, ptr %65, i64 %index.074.i, i32 4
  %84 = load i64, ptr %sequential_wait.i, align 8
  %add26.i = add i64 %84, %cond.i68.i
  store i64 %add26.i, ptr %sequential_wait.i, align 8
  br label %for.inc.i

if.else.i:                                        ; preds = %if.end22.i
  %branch.i = getelementptr %struct.Shadow, ptr %65, i64 %index.074.i, i32 2
  %85 = load i64, ptr %branch.i, align 8
  %inc27.i = add i64 %85, 1
  store i64 %inc27.i, ptr %branch.i, align 8
  br label %for.inc.i

for.inc.i:                                        ; preds = %if.else.i, %if.then24.i, %touch.exit.i
  %inc29.i = add nuw nsw i64 %index.074.i, 1
  %86 = load i64, ptr %shadows_count, align 8
  %cmp18.i = icmp slt i64 %inc29.i, %86
  br i1 %cmp18.i, label %for.body19.i, label %for.end.loopexit.i, !llvm.loop !8

for.end.loopexit.i:                               ; preds = %for.inc.i
  %.pre.i165 = load i64, ptr %last.i157, align 8
  br label %for.end.i

for.end.i:                                        ; preds = %for.end.loopexit.i, %land.end.i
  %87 = phi i64 [ %86, %for.end.loopexit.i ], [ %54, %land.end.i ]
  %88 = phi i64 [ %.pre.i165, %for.end.loopexit.i ], [ %55, %land.end.i ]
  %cmp30.not.i = icmp eq i64 %unit.076.i, %previous.078.i
  %spec.select.i = select i1 %cmp30.not.i, i64 %since.077.i, i64 %now.0.i
  %inc34.i = add i64 %unit.076.i, 1
  %cmp.not.i = icmp sgt i64 %inc34.i, %88
  br i1 %cmp.not.i, label %if.end75.loopexit, label %for.body.i158, !llvm.loop !9

if.end75.loopexit:                                ; preds = %for.end.i
  %.pre209 = load i64, ptr %flags54, align 8
  br label %if.end75

if.end75:                                         ; preds = %if.then71.if.end75_crit_edge, %if.end75.loopexit, %if.then74
  %89 = phi i64 [ %88, %if.end75.loopexit ], [ %51, %if.then74 ], [ %.pre210, %if.then71.if.end75_crit_edge ]
  %90 = phi i64 [ %.pre209, %if.end75.loopexit ], [ %45, %if.then74 ], [ %45, %if.then71.if.end75_crit_edge ]
  %cycles = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 3
  %91 = load i64, ptr %cycles, align 8
  %flash1.i166 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4
  %code_cache.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 9
  %92 = load ptr, ptr %code_cache.i, align 8
  %stamps2.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 1
  %93 = load ptr, ptr %stamps2.i, align 8
  %94 = load i64, ptr %92, align 8
  %shr.i168 = ashr i64 %90, 16
  %95 = load i64, ptr %edge.2, align 8
  %and5.i = and i64 %95, 4294967295
  %96 = load i64, ptr %flash1.i166, align 8
  %sub.i169 = sub i64 %and5.i, %96
  %mask.i170 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 2
  %97 = load i64, ptr %mask.i170, align 8
  %and6.i = and i64 %sub.i169, %97
  %fetch_unit.i171 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 6
  %98 = load i64, ptr %fetch_unit.i171, align 8
  %first7.i = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 6
  %99 = load i64, ptr %first7.i, align 8
  %last8.i = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 7
  %policy.i.i172 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 13
  %100 = load ptr, ptr %policy.i.i172, align 8
  %missed.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %100, i64 0, i32 1
  store i64 0, ptr %missed.i.i, align 8
  %code_begin.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %100, i64 0, i32 2
  store i64 %and6.i, ptr %code_begin.i.i, align 8
  %101 = load i64, ptr %first7.i, align 8
  %first_unit.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %100, i64 0, i32 3
  store i64 %101, ptr %first_unit.i.i, align 8
  %102 = load i64, ptr %last8.i, align 8
  %last_unit.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %100, i64 0, i32 4
  store i64 %102, ptr %last_unit.i.i, align 8
  %cmp.not125.i = icmp sgt i64 %99, %89
  br i1 %cmp.not125.i, label %fetch.exit, label %for.body.lr.ph.i177

for.body.lr.ph.i177:                              ; preds = %if.end75
  %and.i173 = and i64 %90, 4
  %unit_shift.i174 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 3
  %counts16.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 2
  %miss_cycles120.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 4
  %cmp19.i = icmp eq i64 %and.i173, 0
  %fetch_since.i175 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 7
  %fetch_ahead.i.i176 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 5
  %hidden24.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 8
  %set_mask.i.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 5
  %units.i.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 2
  %ways.i.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 4
  %fills.i.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 3
  %random.i.i = getelementptr inbounds %struct.Cache, ptr %92, i64 0, i32 6
  br label %for.body.i179

for.body.i179:                                    ; preds = %for.inc.i201, %for.body.lr.ph.i177
  %tick.0130.i = phi i64 [ %94, %for.body.lr.ph.i177 ], [ %inc.i184, %for.inc.i201 ]
  %previous.0128.i = phi i64 [ %98, %for.body.lr.ph.i177 ], [ %previous.1.i, %for.inc.i201 ]
  %stall.0127.i = phi i64 [ 0, %for.body.lr.ph.i177 ], [ %stall.1.i, %for.inc.i201 ]
  %unit.0126.i = phi i64 [ %99, %for.body.lr.ph.i177 ], [ %inc43.i, %for.inc.i201 ]
  %103 = load i64, ptr %state, align 8
  %add.i178 = add i64 %103, %stall.0127.i
  %cmp9.i = icmp ne i64 %unit.0126.i, %99
  br i1 %cmp9.i, label %if.then.i182, label %if.end.i186

if.then.i182:                                     ; preds = %for.body.i179
  %104 = load i64, ptr %unit_shift.i174, align 8
  %shl.i180 = shl i64 %unit.0126.i, %104
  %sub10.i = sub i64 %shl.i180, %and6.i
  %mul.i181 = mul i64 %sub10.i, %shr.i168
  %shr11.i = ashr i64 %mul.i181, 16
  %add12.i = add i64 %shr11.i, %add.i178
  br label %if.end.i186

if.end.i186:                                      ; preds = %if.then.i182, %for.body.i179
  %now.0.i183 = phi i64 [ %add12.i, %if.then.i182 ], [ %add.i178, %for.body.i179 ]
  %inc.i184 = add i64 %tick.0130.i, 1
  %arrayidx.i185 = getelementptr i64, ptr %93, i64 %unit.0126.i
  %105 = load i64, ptr %arrayidx.i185, align 8
  %cmp13.not.i = icmp eq i64 %105, 0
  br i1 %cmp13.not.i, label %if.else.i189, label %if.then14.i

if.then14.i:                                      ; preds = %if.end.i186
  store i64 %inc.i184, ptr %arrayidx.i185, align 8
  br label %if.end38.i

if.else.i189:                                     ; preds = %if.end.i186
  %106 = load ptr, ptr %counts16.i, align 8
  %107 = load i64, ptr %block64, align 8
  %add.ptr.i187 = getelementptr %struct.BlockCounts, ptr %106, i64 %107
  %add17.i = add i64 %previous.0128.i, 1
  %cmp18.i188 = icmp eq i64 %unit.0126.i, %add17.i
  br i1 %cmp18.i188, label %land.end.i190, label %land.end.thread.i

land.end.thread.i:                                ; preds = %if.else.i189
  %108 = load i64, ptr %miss_cycles120.i, align 8
  br label %if.end31.i

land.end.i190:                                    ; preds = %if.else.i189
  %109 = or i1 %cmp19.i, %cmp9.i
  %110 = load i64, ptr %miss_cycles120.i, align 8
  br i1 %109, label %if.end31.thread.i, label %if.end31.i

if.end31.thread.i:                                ; preds = %land.end.i190
  %111 = load i64, ptr %fetch_since.i175, align 8
  %sub22.i = sub i64 %now.0.i183, %111
  %112 = load ptr, ptr %policy.i.i172, align 8
  %113 = load i64, ptr %fetch_ahead.i.i176, align 8
  %114 = load i64, ptr %112, align 8
  %tobool.not.i.i191 = icmp eq i64 %114, 0
  %cond.i.i192 = select i1 %tobool.not.i.i191, i64 0, i64 %sub22.i
  %cond.i.i.i193 = tail call i64 @llvm.smax.i64(i64 %113, i64 %cond.i.i192)
  %cond.i4.i.i194 = tail call i64 @llvm.smin.i64(i64 %cond.i.i.i193, i64 31)
  %sequential_misses.i = getelementptr %struct.BlockCounts, ptr %106, i64 %107, i32 1
  %115 = load i64, ptr %sequential_misses.i, align 8
  %inc23.i = add i64 %115, 1
  store i64 %inc23.i, ptr %sequential_misses.i, align 8
  %116 = load ptr, ptr %hidden24.i, align 8
  %arrayidx25.i = getelementptr i64, ptr %116, i64 %cond.i4.i.i194
  %117 = load i64, ptr %arrayidx25.i, align 8
  %inc26.i = add i64 %117, 1
  store i64 %inc26.i, ptr %arrayidx25.i, align 8
  %sub27.i = sub i64 %110, %cond.i4.i.i194
  %cond.i107.i = tail call i64 @llvm.smax.i64(i64 %sub27.i, i64 0)
  %118 = load ptr, ptr %policy.i.i172, align 8
  br label %code_miss.exit.i

if.end31.i:                                       ; preds = %land.end.i190, %land.end.thread.i
  %119 = phi i64 [ %108, %land.end.thread.i ], [ %110, %land.end.i190 ]
  %120 = load i64, ptr %add.ptr.i187, align 8
  %inc30.i = add i64 %120, 1
  store i64 %inc30.i, ptr %add.ptr.i187, align 8
  %121 = load ptr, ptr %policy.i.i172, align 8
  %122 = load i64, ptr %121, align 8
  %tobool.i.i = icmp ne i64 %122, 0
  %cmp.i.i195 = icmp sgt i64 %previous.0128.i, -1
  %or.cond29.i.i = and i1 %cmp.i.i195, %tobool.i.i
  br i1 %or.cond29.i.i, label %if.then.i.i196, label %code_miss.exit.i

if.then.i.i196:                                   ; preds = %if.end31.i
  %123 = load ptr, ptr %code_cache.i, align 8
  %stamps4.i.i = getelementptr inbounds %struct.Cache, ptr %123, i64 0, i32 1
  %124 = load ptr, ptr %stamps4.i.i, align 8
  %125 = load i64, ptr %flags54, align 8
  %and.i.i = and i64 %125, 128
  %cmp5.not.i.i = icmp eq i64 %and.i.i, 0
  %126 = load i64, ptr %miss_cycles120.i, align 8
  %127 = load i64, ptr %fetch_since.i175, align 8
  br i1 %cmp5.not.i.i, label %if.end.i.i.i, label %if.then.i.i.i197

if.then.i.i.i197:                                 ; preds = %if.then.i.i196
  %add12.i.i = add nuw i64 %previous.0128.i, 2
  %arrayidx13.i.i = getelementptr i64, ptr %124, i64 %add12.i.i
  %128 = load i64, ptr %arrayidx13.i.i, align 8
  %cmp14.not.i.i = icmp eq i64 %128, 0
  %cond.i.i109.i = select i1 %cmp14.not.i.i, i64 %126, i64 0
  br label %prefetch_left.exit.i.i

if.end.i.i.i:                                     ; preds = %if.then.i.i196
  %arrayidx.i.i198 = getelementptr i64, ptr %124, i64 %add17.i
  %129 = load i64, ptr %arrayidx.i.i198, align 8
  %cmp9.not.i.i = icmp eq i64 %129, 0
  br i1 %cmp9.not.i.i, label %cond.true3.i.i.i, label %prefetch_left.exit.i.i

cond.true3.i.i.i:                                 ; preds = %if.end.i.i.i
  %sub.neg.i.i = sub i64 %126, %now.0.i183
  %sub.i.i.i = add i64 %sub.neg.i.i, %127
  %cond.i.i.i.i = tail call i64 @llvm.smax.i64(i64 %sub.i.i.i, i64 0)
  br label %prefetch_left.exit.i.i

prefetch_left.exit.i.i:                           ; preds = %cond.true3.i.i.i, %if.end.i.i.i, %if.then.i.i.i197
  %add19.i.pre-phi.i = phi i64 [ %add17.i, %cond.true3.i.i.i ], [ %add17.i, %if.end.i.i.i ], [ %add12.i.i, %if.then.i.i.i197 ]
  %retval.0.i.i.i = phi i64 [ %cond.i.i.i.i, %cond.true3.i.i.i ], [ 0, %if.end.i.i.i ], [ %cond.i.i109.i, %if.then.i.i.i197 ]
  %cmp20.i.i = icmp eq i64 %add19.i.pre-phi.i, %unit.0126.i
  %sub25.i.i = select i1 %cmp20.i.i, i64 %126, i64 0
  %spec.select.i.i = sub i64 %retval.0.i.i.i, %sub25.i.i
  br label %code_miss.exit.i

code_miss.exit.i:                                 ; preds = %prefetch_left.exit.i.i, %if.end31.i, %if.end31.thread.i
  %130 = phi ptr [ %121, %if.end31.i ], [ %121, %prefetch_left.exit.i.i ], [ %118, %if.end31.thread.i ]
  %wait.0139.i = phi i64 [ %119, %if.end31.i ], [ %119, %prefetch_left.exit.i.i ], [ %cond.i107.i, %if.end31.thread.i ]
  %more.0.i.i = phi i64 [ 0, %if.end31.i ], [ %spec.select.i.i, %prefetch_left.exit.i.i ], [ 0, %if.end31.thread.i ]
  %131 = load i64, ptr %first7.i, align 8
  %sub27.i.i = sub i64 %unit.0126.i, %131
  %cond.i44.i.i = tail call i64 @llvm.smin.i64(i64 %sub27.i.i, i64 63)
  %shl.i.i = shl nuw i64 1, %cond.i44.i.i
  %missed.i111.i = getelementptr inbounds %struct.PrefetchFirst, ptr %130, i64 0, i32 1
  %132 = load i64, ptr %missed.i111.i, align 8
  %or.i.i = or i64 %shl.i.i, %132
  store i64 %or.i.i, ptr %missed.i111.i, align 8
  %code_ahead.i = getelementptr %struct.BlockCounts, ptr %106, i64 %107, i32 7
  %133 = load i64, ptr %code_ahead.i, align 8
  %add33.i = add i64 %133, %more.0.i.i
  store i64 %add33.i, ptr %code_ahead.i, align 8
  %add34.i = add i64 %more.0.i.i, %wait.0139.i
  %add35.i = add i64 %add34.i, %stall.0127.i
  %add36.i = add i64 %add34.i, %now.0.i183
  store i64 %inc.i184, ptr %92, align 8
  %134 = load ptr, ptr %stamps2.i, align 8
  %135 = load i64, ptr %set_mask.i.i, align 8
  %and.i112.i = and i64 %135, %unit.0126.i
  %136 = load ptr, ptr %units.i.i, align 8
  %137 = load i64, ptr %ways.i.i, align 8
  %mul.i.i = mul i64 %137, %and.i112.i
  %add.ptr.i.i = getelementptr i64, ptr %136, i64 %mul.i.i
  %138 = load ptr, ptr %fills.i.i, align 8
  %arrayidx.i113.i = getelementptr i64, ptr %138, i64 %and.i112.i
  %139 = load i64, ptr %arrayidx.i113.i, align 8
  %cmp.i114.i = icmp slt i64 %139, %137
  br i1 %cmp.i114.i, label %if.then.i116.i, label %if.else.i.i

if.then.i116.i:                                   ; preds = %code_miss.exit.i
  %add.i115.i = add nsw i64 %139, 1
  store i64 %add.i115.i, ptr %arrayidx.i113.i, align 8
  br label %insert.exit.i

if.else.i.i:                                      ; preds = %code_miss.exit.i
  %140 = load i64, ptr %random.i.i, align 8
  %cmp5.not.i117.i = icmp eq i64 %140, 0
  br i1 %cmp5.not.i117.i, label %if.else16.i.i, label %if.then6.i.i

if.then6.i.i:                                     ; preds = %if.else.i.i
  %mul8.i.i = mul i64 %140, 1103515245
  %add9.i.i = add i64 %mul8.i.i, 12345
  %and10.i.i = and i64 %add9.i.i, 2147483647
  store i64 %and10.i.i, ptr %random.i.i, align 8
  %shr.i.i = lshr i64 %and10.i.i, 16
  %rem.i.i = srem i64 %shr.i.i, %137
  %arrayidx14.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %rem.i.i
  %141 = load i64, ptr %arrayidx14.i.i, align 8
  %arrayidx15.i.i = getelementptr i64, ptr %134, i64 %141
  store i64 0, ptr %arrayidx15.i.i, align 8
  br label %insert.exit.i

if.else16.i.i:                                    ; preds = %if.else.i.i
  %142 = load i64, ptr %add.ptr.i.i, align 8
  %cmp2067.i.i = icmp sgt i64 %137, 1
  br i1 %cmp2067.i.i, label %for.body.preheader.i.i, label %for.end.i.i

for.body.preheader.i.i:                           ; preds = %if.else16.i.i
  %arrayidx18.i.i = getelementptr i64, ptr %134, i64 %142
  %143 = load i64, ptr %arrayidx18.i.i, align 8
  br label %for.body.i.i

for.body.i.i:                                     ; preds = %for.body.i.i, %for.body.preheader.i.i
  %way.070.i.i = phi i64 [ %spec.select66.i.i, %for.body.i.i ], [ 0, %for.body.preheader.i.i ]
  %other.069.i.i = phi i64 [ %inc.i.i199, %for.body.i.i ], [ 1, %for.body.preheader.i.i ]
  %oldest.068.i.i = phi i64 [ %spec.select.i118.i, %for.body.i.i ], [ %143, %for.body.preheader.i.i ]
  %arrayidx21.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %other.069.i.i
  %144 = load i64, ptr %arrayidx21.i.i, align 8
  %arrayidx22.i.i = getelementptr i64, ptr %134, i64 %144
  %145 = load i64, ptr %arrayidx22.i.i, align 8
  %cmp23.i.i = icmp slt i64 %145, %oldest.068.i.i
  %spec.select.i118.i = tail call i64 @llvm.smin.i64(i64 %145, i64 %oldest.068.i.i)
  %spec.select66.i.i = select i1 %cmp23.i.i, i64 %other.069.i.i, i64 %way.070.i.i
  %inc.i.i199 = add nuw nsw i64 %other.069.i.i, 1
  %exitcond.not.i.i = icmp eq i64 %inc.i.i199, %137
  br i1 %exitcond.not.i.i, label %for.end.loopexit.i.i, label %for.body.i.i, !llvm.loop !1

for.end.loopexit.i.i:                             ; preds = %for.body.i.i
  %arrayidx25.phi.trans.insert.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %spec.select66.i.i
  %.pre.i.i = load i64, ptr %arrayidx25.phi.trans.insert.i.i, align 8
  br label %for.end.i.i

for.end.i.i:                                      ; preds = %for.end.loopexit.i.i, %if.else16.i.i
  %146 = phi i64 [ %142, %if.else16.i.i ], [ %.pre.i.i, %for.end.loopexit.i.i ]
  %way.0.lcssa.i.i = phi i64 [ 0, %if.else16.i.i ], [ %spec.select66.i.i, %for.end.loopexit.i.i ]
  %arrayidx26.i.i = getelementptr i64, ptr %134, i64 %146
  store i64 0, ptr %arrayidx26.i.i, align 8
  br label %insert.exit.i

insert.exit.i:                                    ; preds = %for.end.i.i, %if.then6.i.i, %if.then.i116.i
  %way.2.i.i = phi i64 [ %139, %if.then.i116.i ], [ %rem.i.i, %if.then6.i.i ], [ %way.0.lcssa.i.i, %for.end.i.i ]
  %arrayidx29.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %way.2.i.i
  store i64 %unit.0126.i, ptr %arrayidx29.i.i, align 8
  %147 = load i64, ptr %92, align 8
  %arrayidx30.i.i = getelementptr i64, ptr %134, i64 %unit.0126.i
  store i64 %147, ptr %arrayidx30.i.i, align 8
  br label %if.end38.i

if.end38.i:                                       ; preds = %insert.exit.i, %if.then14.i
  %now.1.i = phi i64 [ %now.0.i183, %if.then14.i ], [ %add36.i, %insert.exit.i ]
  %stall.1.i = phi i64 [ %stall.0127.i, %if.then14.i ], [ %add35.i, %insert.exit.i ]
  %cmp39.not.i = icmp eq i64 %unit.0126.i, %previous.0128.i
  br i1 %cmp39.not.i, label %for.inc.i201, label %if.then40.i

if.then40.i:                                      ; preds = %if.end38.i
  store i64 %now.1.i, ptr %fetch_since.i175, align 8
  br label %for.inc.i201

for.inc.i201:                                     ; preds = %if.then40.i, %if.end38.i
  %previous.1.i = phi i64 [ %unit.0126.i, %if.then40.i ], [ %previous.0128.i, %if.end38.i ]
  %inc43.i = add i64 %unit.0126.i, 1
  %cmp.not.i200 = icmp sgt i64 %inc43.i, %89
  br i1 %cmp.not.i200, label %fetch.exit, label %for.body.i179, !llvm.loop !10

fetch.exit:                                       ; preds = %for.inc.i201, %if.end75
  %stall.0.lcssa.i = phi i64 [ 0, %if.end75 ], [ %stall.1.i, %for.inc.i201 ]
  %previous.0.lcssa.i = phi i64 [ %98, %if.end75 ], [ %previous.1.i, %for.inc.i201 ]
  %tick.0.lcssa.i = phi i64 [ %94, %if.end75 ], [ %inc.i184, %for.inc.i201 ]
  store i64 %tick.0.lcssa.i, ptr %92, align 8
  store i64 %previous.0.lcssa.i, ptr %fetch_unit.i171, align 8
  %add77 = add i64 %stall.0.lcssa.i, %91
  br label %if.end83

if.else:                                          ; preds = %if.end63
  %cycles80 = getelementptr inbounds %struct.Edge, ptr %edge.2, i64 0, i32 3
  %148 = load i64, ptr %state, align 8
  br label %if.end83

if.end83:                                         ; preds = %if.else, %fetch.exit
  %.sink213.in = phi ptr [ %cycles80, %if.else ], [ %state, %fetch.exit ]
  %.sink = phi i64 [ %148, %if.else ], [ %add77, %fetch.exit ]
  %.sink213 = load i64, ptr %.sink213.in, align 8
  %add82 = add i64 %.sink, %.sink213
  store i64 %add82, ptr %state, align 8
  br label %return

return:                                           ; preds = %if.then35, %if.then, %if.end83, %if.then23
  %retval.0 = phi i64 [ 2, %if.then23 ], [ 0, %if.end83 ], [ 3, %if.then ], [ 3, %if.then35 ]
  ret i64 %retval.0
}

; Function Attrs: inlinehint nounwind
define internal fastcc void @price_access(ptr nocapture noundef %state, ptr nocapture noundef %operation, i64 noundef %address, i32 noundef %target) unnamed_addr #4 {
entry:
  %counts1 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 1, i32 2
  %0 = load ptr, ptr %counts1, align 8
  %block = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 2
  %1 = load i64, ptr %block, align 8
  %bytes = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 5
  %2 = load i64, ptr %bytes, align 8
  %cond.i = tail call i64 @llvm.smin.i64(i64 %2, i64 4)
  %3 = load i64, ptr %operation, align 8
  %cmp = icmp eq i64 %3, 1
  %tape = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5
  %shl = shl i64 %address, 32
  %or = or i64 %shl, 2
  %conv2 = zext i32 %target to i64
  %4 = load ptr, ptr %tape, align 8
  %cmp.i = icmp eq ptr %4, null
  br i1 %cmp.i, label %write_down.exit, label %if.end.i

if.end.i:                                         ; preds = %entry
  %used.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 1
  %5 = load i64, ptr %used.i, align 8
  %room.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 2
  %6 = load i64, ptr %room.i, align 8
  %cmp1.not.i = icmp slt i64 %5, %6
  br i1 %cmp1.not.i, label %if.end3.i, label %if.then2.i

if.then2.i:                                       ; preds = %if.end.i
  %full.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 3
  %7 = load ptr, ptr %full.i, align 8
  %call.i = tail call i64 %7(i64 noundef 0, i64 noundef 0, i64 noundef 0) #11
  %.pre.i = load i64, ptr %used.i, align 8
  %.pre20.i = load i64, ptr %room.i, align 8
  br label %if.end3.i

if.end3.i:                                        ; preds = %if.then2.i, %if.end.i
  %8 = phi i64 [ %.pre20.i, %if.then2.i ], [ %6, %if.end.i ]
  %9 = phi i64 [ %.pre.i, %if.then2.i ], [ %5, %if.end.i ]
  %cmp6.not.i = icmp slt i64 %9, %8
  br i1 %cmp6.not.i, label %if.end8.i, label %write_down.exit

if.end8.i:                                        ; preds = %if.end3.i
  %10 = load ptr, ptr %tape, align 8
  %inc.i = add nsw i64 %9, 1
  store i64 %inc.i, ptr %used.i, align 8
  %arrayidx.i = getelementptr %struct.Event, ptr %10, i64 %9
  store i64 %or, ptr %arrayidx.i, align 8
  %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i = getelementptr inbounds i8, ptr %arrayidx.i, i64 8
  store i64 %conv2, ptr %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i, align 8
  br label %write_down.exit

write_down.exit:                                  ; preds = %entry, %if.end3.i, %if.end8.i
  br i1 %cmp, label %land.lhs.true, label %if.end

land.lhs.true:                                    ; preds = %write_down.exit
  %sub = add nsw i64 %cond.i, 4294967295
  %and = and i64 %sub, %conv2
  %cmp4.not = icmp eq i64 %and, 0
  br i1 %cmp4.not, label %if.end, label %land.lhs.true6

land.lhs.true6:                                   ; preds = %land.lhs.true
  %unaligned_within_word = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 11
  %11 = load i64, ptr %unaligned_within_word, align 8
  %cmp7.not = icmp eq i64 %11, 0
  br i1 %cmp7.not, label %lor.lhs.false, label %if.then

lor.lhs.false:                                    ; preds = %land.lhs.true6
  %and9 = and i32 %target, 3
  %conv10 = zext i32 %and9 to i64
  %add = add nsw i64 %cond.i, %conv10
  %cmp11 = icmp sgt i64 %add, 4
  br i1 %cmp11, label %if.then, label %if.end

if.then:                                          ; preds = %lor.lhs.false, %land.lhs.true6
  %unaligned_loads = getelementptr %struct.BlockCounts, ptr %0, i64 %1, i32 6
  %12 = load i64, ptr %unaligned_loads, align 8
  %inc = add i64 %12, 1
  store i64 %inc, ptr %unaligned_loads, align 8
  %unaligned_load = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 10
  %13 = load i64, ptr %unaligned_load, align 8
  %14 = load i64, ptr %state, align 8
  %add15 = add i64 %14, %13
  store i64 %add15, ptr %state, align 8
  br label %if.end

if.end:                                           ; preds = %if.then, %lor.lhs.false, %land.lhs.true, %write_down.exit
  %flash = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4
  %15 = load i64, ptr %flash, align 8
  %sub.i = sub i64 %conv2, %15
  %mask.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 2
  %16 = load i64, ptr %mask.i, align 8
  %not.i = xor i64 %16, -1
  %and.i = and i64 %sub.i, %not.i
  %cmp.i90 = icmp eq i64 %and.i, 0
  br i1 %cmp.i90, label %flash_offset.exit, label %if.end.i92

if.end.i92:                                       ; preds = %if.end
  %alias.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 1
  %17 = load i64, ptr %alias.i, align 8
  %sub1.i = sub i64 %conv2, %17
  %and4.i = and i64 %sub1.i, %not.i
  %cmp5.i = icmp eq i64 %and4.i, 0
  br i1 %cmp5.i, label %flash_offset.exit, label %flash_offset.exit.thread

flash_offset.exit.thread:                         ; preds = %if.end.i92
  %18 = load i64, ptr %bytes, align 8
  br label %if.then27

flash_offset.exit:                                ; preds = %if.end.i92, %if.end
  %retval.0.i = phi i64 [ %sub.i, %if.end ], [ %sub1.i, %if.end.i92 ]
  %19 = load i64, ptr %bytes, align 8
  %add19 = add i64 %retval.0.i, -1
  %sub20 = add i64 %add19, %19
  %cmp21 = icmp slt i64 %retval.0.i, 0
  %cmp25 = icmp sgt i64 %sub20, %16
  %or.cond = select i1 %cmp21, i1 true, i1 %cmp25
  br i1 %or.cond, label %if.then27, label %if.end35

if.then27:                                        ; preds = %flash_offset.exit.thread, %flash_offset.exit
  %20 = phi i64 [ %18, %flash_offset.exit.thread ], [ %19, %flash_offset.exit ]
  %cached_count = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 16
  %21 = load i64, ptr %cached_count, align 8
  %cmp54.i = icmp sgt i64 %21, 0
  br i1 %cmp54.i, label %for.body.lr.ph.i, label %for.end

for.body.lr.ph.i:                                 ; preds = %if.then27
  %cached.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 15
  %unit_shift.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 3
  %shadows_count.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 12
  %conv.i = zext i1 %cmp to i64
  %data_cache.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 10
  %ram_misses.i = getelementptr %struct.BlockCounts, ptr %0, i64 %1, i32 4
  %ram_miss_cycles.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 14
  br label %for.body.i

for.body.i:                                       ; preds = %for.inc23.i, %for.body.lr.ph.i
  %22 = phi i64 [ %21, %for.body.lr.ph.i ], [ %50, %for.inc23.i ]
  %index.055.i = phi i64 [ 0, %for.body.lr.ph.i ], [ %inc24.i, %for.inc23.i ]
  %23 = load ptr, ptr %cached.i, align 8
  %add.ptr.i = getelementptr %struct.Cached, ptr %23, i64 %index.055.i
  %24 = load i64, ptr %add.ptr.i, align 8
  %sub.i93 = sub i64 %conv2, %24
  %cmp2.i = icmp slt i64 %sub.i93, 0
  br i1 %cmp2.i, label %for.inc23.i, label %lor.lhs.false.i

lor.lhs.false.i:                                  ; preds = %for.body.i
  %add.i = add i64 %sub.i93, %20
  %size3.i = getelementptr %struct.Cached, ptr %23, i64 %index.055.i, i32 1
  %25 = load i64, ptr %size3.i, align 8
  %cmp4.i = icmp sgt i64 %add.i, %25
  br i1 %cmp4.i, label %for.inc23.i, label %if.end.i94

if.end.i94:                                       ; preds = %lor.lhs.false.i
  %sub6.i = add i64 %add.i, -1
  %26 = load i64, ptr %unit_shift.i, align 8
  %shr.i = ashr i64 %sub6.i, %26
  %shr8.i = lshr i64 %sub.i93, %26
  %cmp10.not52.i = icmp sgt i64 %shr8.i, %shr.i
  br i1 %cmp10.not52.i, label %for.inc23.i, label %for.body11.lr.ph.i

for.body11.lr.ph.i:                               ; preds = %if.end.i94
  %first_unit.i = getelementptr %struct.Cached, ptr %23, i64 %index.055.i, i32 2
  br label %for.body11.i

for.body11.i:                                     ; preds = %for.inc.i, %for.body11.lr.ph.i
  %unit.053.i = phi i64 [ %shr8.i, %for.body11.lr.ph.i ], [ %inc22.i, %for.inc.i ]
  %27 = load i64, ptr %shadows_count.i, align 8
  %cmp12.not.i = icmp eq i64 %27, 0
  br i1 %cmp12.not.i, label %if.end15.i, label %if.then13.i

if.then13.i:                                      ; preds = %for.body11.i
  %28 = load i64, ptr %first_unit.i, align 8
  %add14.i = add i64 %28, %unit.053.i
  tail call fastcc void @shadow_read(ptr noundef nonnull %state, i64 noundef %add14.i, i64 noundef 0, i64 noundef %conv.i) #10
  br label %if.end15.i

if.end15.i:                                       ; preds = %if.then13.i, %for.body11.i
  %29 = load ptr, ptr %data_cache.i, align 8
  %30 = load i64, ptr %first_unit.i, align 8
  %add17.i = add i64 %30, %unit.053.i
  %31 = load i64, ptr %29, align 8
  %inc.i.i = add i64 %31, 1
  store i64 %inc.i.i, ptr %29, align 8
  %stamps.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 1
  %32 = load ptr, ptr %stamps.i.i, align 8
  %arrayidx.i.i = getelementptr i64, ptr %32, i64 %add17.i
  %33 = load i64, ptr %arrayidx.i.i, align 8
  %cmp.i.i = icmp eq i64 %33, 0
  br i1 %cmp.i.i, label %if.then.i.i, label %touch.exit.thread.i

touch.exit.thread.i:                              ; preds = %if.end15.i
  store i64 %inc.i.i, ptr %arrayidx.i.i, align 8
  br label %for.inc.i

if.then.i.i:                                      ; preds = %if.end15.i
  %set_mask.i.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 5
  %34 = load i64, ptr %set_mask.i.i.i, align 8
  %and.i.i.i = and i64 %34, %add17.i
  %units.i.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 2
  %35 = load ptr, ptr %units.i.i.i, align 8
  %ways.i.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 4
  %36 = load i64, ptr %ways.i.i.i, align 8
  %mul.i.i.i = mul i64 %36, %and.i.i.i
  %add.ptr.i.i.i = getelementptr i64, ptr %35, i64 %mul.i.i.i
  %fills.i.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 3
  %37 = load ptr, ptr %fills.i.i.i, align 8
  %arrayidx.i.i.i = getelementptr i64, ptr %37, i64 %and.i.i.i
  %38 = load i64, ptr %arrayidx.i.i.i, align 8
  %cmp.i.i.i = icmp slt i64 %38, %36
  br i1 %cmp.i.i.i, label %if.then.i.i.i, label %if.else.i.i.i

if.then.i.i.i:                                    ; preds = %if.then.i.i
  %add.i.i.i = add nsw i64 %38, 1
  store i64 %add.i.i.i, ptr %arrayidx.i.i.i, align 8
  br label %touch.exit.i

if.else.i.i.i:                                    ; preds = %if.then.i.i
  %random.i.i.i = getelementptr inbounds %struct.Cache, ptr %29, i64 0, i32 6
  %39 = load i64, ptr %random.i.i.i, align 8
  %cmp5.not.i.i.i = icmp eq i64 %39, 0
  br i1 %cmp5.not.i.i.i, label %if.else16.i.i.i, label %if.then6.i.i.i

if.then6.i.i.i:                                   ; preds = %if.else.i.i.i
  %mul8.i.i.i = mul i64 %39, 1103515245
  %add9.i.i.i = add i64 %mul8.i.i.i, 12345
  %and10.i.i.i = and i64 %add9.i.i.i, 2147483647
  store i64 %and10.i.i.i, ptr %random.i.i.i, align 8
  %shr.i.i.i = lshr i64 %and10.i.i.i, 16
  %rem.i.i.i = srem i64 %shr.i.i.i, %36
  %arrayidx14.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %rem.i.i.i
  %40 = load i64, ptr %arrayidx14.i.i.i, align 8
  %arrayidx15.i.i.i = getelementptr i64, ptr %32, i64 %40
  store i64 0, ptr %arrayidx15.i.i.i, align 8
  br label %touch.exit.i

if.else16.i.i.i:                                  ; preds = %if.else.i.i.i
  %41 = load i64, ptr %add.ptr.i.i.i, align 8
  %cmp2067.i.i.i = icmp sgt i64 %36, 1
  br i1 %cmp2067.i.i.i, label %for.body.preheader.i.i.i, label %for.end.i.i.i

for.body.preheader.i.i.i:                         ; preds = %if.else16.i.i.i
  %arrayidx18.i.i.i = getelementptr i64, ptr %32, i64 %41
  %42 = load i64, ptr %arrayidx18.i.i.i, align 8
  br label %for.body.i.i.i

for.body.i.i.i:                                   ; preds = %for.body.i.i.i, %for.body.preheader.i.i.i
  %way.070.i.i.i = phi i64 [ %spec.select66.i.i.i, %for.body.i.i.i ], [ 0, %for.body.preheader.i.i.i ]
  %other.069.i.i.i = phi i64 [ %inc.i.i.i, %for.body.i.i.i ], [ 1, %for.body.preheader.i.i.i ]
  %oldest.068.i.i.i = phi i64 [ %spec.select.i.i.i, %for.body.i.i.i ], [ %42, %for.body.preheader.i.i.i ]
  %arrayidx21.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %other.069.i.i.i
  %43 = load i64, ptr %arrayidx21.i.i.i, align 8
  %arrayidx22.i.i.i = getelementptr i64, ptr %32, i64 %43
  %44 = load i64, ptr %arrayidx22.i.i.i, align 8
  %cmp23.i.i.i = icmp slt i64 %44, %oldest.068.i.i.i
  %spec.select.i.i.i = tail call i64 @llvm.smin.i64(i64 %44, i64 %oldest.068.i.i.i)
  %spec.select66.i.i.i = select i1 %cmp23.i.i.i, i64 %other.069.i.i.i, i64 %way.070.i.i.i
  %inc.i.i.i = add nuw nsw i64 %other.069.i.i.i, 1
  %exitcond.not.i.i.i = icmp eq i64 %inc.i.i.i, %36
  br i1 %exitcond.not.i.i.i, label %for.end.loopexit.i.i.i, label %for.body.i.i.i, !llvm.loop !1

for.end.loopexit.i.i.i:                           ; preds = %for.body.i.i.i
  %arrayidx25.phi.trans.insert.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %spec.select66.i.i.i
  %.pre.i.i.i = load i64, ptr %arrayidx25.phi.trans.insert.i.i.i, align 8
  br label %for.end.i.i.i

for.end.i.i.i:                                    ; preds = %for.end.loopexit.i.i.i, %if.else16.i.i.i
  %45 = phi i64 [ %41, %if.else16.i.i.i ], [ %.pre.i.i.i, %for.end.loopexit.i.i.i ]
  %way.0.lcssa.i.i.i = phi i64 [ 0, %if.else16.i.i.i ], [ %spec.select66.i.i.i, %for.end.loopexit.i.i.i ]
  %arrayidx26.i.i.i = getelementptr i64, ptr %32, i64 %45
  store i64 0, ptr %arrayidx26.i.i.i, align 8
  br label %touch.exit.i

touch.exit.i:                                     ; preds = %for.end.i.i.i, %if.then6.i.i.i, %if.then.i.i.i
  %way.2.i.i.i = phi i64 [ %38, %if.then.i.i.i ], [ %rem.i.i.i, %if.then6.i.i.i ], [ %way.0.lcssa.i.i.i, %for.end.i.i.i ]
  %arrayidx29.i.i.i = getelementptr i64, ptr %add.ptr.i.i.i, i64 %way.2.i.i.i
  store i64 %add17.i, ptr %arrayidx29.i.i.i, align 8
  %46 = load i64, ptr %29, align 8
  store i64 %46, ptr %arrayidx.i.i, align 8
  br i1 %cmp, label %if.then19.i, label %for.inc.i

if.then19.i:                                      ; preds = %touch.exit.i
  %47 = load i64, ptr %ram_misses.i, align 8
  %inc.i95 = add i64 %47, 1
  store i64 %inc.i95, ptr %ram_misses.i, align 8
  %48 = load i64, ptr %ram_miss_cycles.i, align 8
  %49 = load i64, ptr %state, align 8
  %add20.i = add i64 %49, %48
  store i64 %add20.i, ptr %state, align 8
  br label %for.inc.i

for.inc.i:                                        ; preds = %if.then19.i, %touch.exit.i, %touch.exit.thread.i
  %inc22.i = add i64 %unit.053.i, 1
  %cmp10.not.i = icmp sgt i64 %inc22.i, %shr.i
  br i1 %cmp10.not.i, label %for.inc23.loopexit.i, label %for.body11.i, !llvm.loop !11

for.inc23.loopexit.i:                             ; preds = %for.inc.i
  %.pre.i96 = load i64, ptr %cached_count, align 8
  br label %for.inc23.i

for.inc23.i:                                      ; preds = %for.inc23.loopexit.i, %if.end.i94, %lor.lhs.false.i, %for.body.i
  %50 = phi i64 [ %.pre.i96, %for.inc23.loopexit.i ], [ %22, %if.end.i94 ], [ %22, %for.body.i ], [ %22, %lor.lhs.false.i ]
  %inc24.i = add nuw nsw i64 %index.055.i, 1
  %cmp.i97 = icmp slt i64 %inc24.i, %50
  br i1 %cmp.i97, label %for.body.i, label %for.end, !llvm.loop !12

if.end35:                                         ; preds = %flash_offset.exit
  br i1 %cmp, label %if.end38, label %for.end

if.end38:                                         ; preds = %if.end35
  %known = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 6
  %51 = load i64, ptr %known, align 8
  %cmp39 = icmp eq i64 %51, 0
  br i1 %cmp39, label %if.then41, label %if.end45

if.then41:                                        ; preds = %if.end38
  store i64 1, ptr %known, align 8
  %new_flash_load = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 12
  %52 = load ptr, ptr %new_flash_load, align 8
  %call44 = tail call i64 %52(i64 noundef %address, i64 noundef 0, i64 noundef 0) #11
  br label %if.end45

if.end45:                                         ; preds = %if.then41, %if.end38
  %unit_shift = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 3
  %53 = load i64, ptr %unit_shift, align 8
  %shr = lshr i64 %retval.0.i, %53
  %shr47 = ashr i64 %sub20, %53
  %cmp48.not161 = icmp sgt i64 %shr, %shr47
  br i1 %cmp48.not161, label %for.end, label %for.body.lr.ph

for.body.lr.ph:                                   ; preds = %if.end45
  %data_reads.i = getelementptr %struct.BlockCounts, ptr %0, i64 %1, i32 2
  %shadows_count.i100 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 12
  %data_cache.i101 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 10
  %data_misses.i = getelementptr %struct.BlockCounts, ptr %0, i64 %1, i32 3
  %policy.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 13
  %alias.i.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 1
  %code_cache.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 9
  %block_rate.i.i = getelementptr inbounds %struct.Run, ptr %state, i64 0, i32 5
  %miss_cycles.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 4
  %data_ahead.i = getelementptr %struct.BlockCounts, ptr %0, i64 %1, i32 8
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %read_flash.exit
  %unit.0162 = phi i64 [ %shr, %for.body.lr.ph ], [ %inc52, %read_flash.exit ]
  %54 = load i64, ptr %data_reads.i, align 8
  %inc.i99 = add i64 %54, 1
  store i64 %inc.i99, ptr %data_reads.i, align 8
  %55 = load i64, ptr %shadows_count.i100, align 8
  %cmp.not.i = icmp eq i64 %55, 0
  br i1 %cmp.not.i, label %if.end.i106, label %if.then.i

if.then.i:                                        ; preds = %for.body
  tail call fastcc void @shadow_read(ptr noundef nonnull %state, i64 noundef %unit.0162, i64 noundef 1, i64 noundef 0) #10
  br label %if.end.i106

if.end.i106:                                      ; preds = %if.then.i, %for.body
  %56 = load ptr, ptr %data_cache.i101, align 8
  %57 = load i64, ptr %56, align 8
  %inc.i.i102 = add i64 %57, 1
  store i64 %inc.i.i102, ptr %56, align 8
  %stamps.i.i103 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 1
  %58 = load ptr, ptr %stamps.i.i103, align 8
  %arrayidx.i.i104 = getelementptr i64, ptr %58, i64 %unit.0162
  %59 = load i64, ptr %arrayidx.i.i104, align 8
  %cmp.i.i105 = icmp eq i64 %59, 0
  br i1 %cmp.i.i105, label %if.then.i.i116, label %if.then2.i151

if.then.i.i116:                                   ; preds = %if.end.i106
  %set_mask.i.i.i107 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 5
  %60 = load i64, ptr %set_mask.i.i.i107, align 8
  %and.i.i.i108 = and i64 %60, %unit.0162
  %units.i.i.i109 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 2
  %61 = load ptr, ptr %units.i.i.i109, align 8
  %ways.i.i.i110 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 4
  %62 = load i64, ptr %ways.i.i.i110, align 8
  %mul.i.i.i111 = mul i64 %62, %and.i.i.i108
  %add.ptr.i.i.i112 = getelementptr i64, ptr %61, i64 %mul.i.i.i111
  %fills.i.i.i113 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 3
  %63 = load ptr, ptr %fills.i.i.i113, align 8
  %arrayidx.i.i.i114 = getelementptr i64, ptr %63, i64 %and.i.i.i108
  %64 = load i64, ptr %arrayidx.i.i.i114, align 8
  %cmp.i.i.i115 = icmp slt i64 %64, %62
  br i1 %cmp.i.i.i115, label %if.then.i.i.i118, label %if.else.i.i.i121

if.then.i.i.i118:                                 ; preds = %if.then.i.i116
  %add.i.i.i117 = add nsw i64 %64, 1
  store i64 %add.i.i.i117, ptr %arrayidx.i.i.i114, align 8
  br label %if.else.i

if.else.i.i.i121:                                 ; preds = %if.then.i.i116
  %random.i.i.i119 = getelementptr inbounds %struct.Cache, ptr %56, i64 0, i32 6
  %65 = load i64, ptr %random.i.i.i119, align 8
  %cmp5.not.i.i.i120 = icmp eq i64 %65, 0
  br i1 %cmp5.not.i.i.i120, label %if.else16.i.i.i131, label %if.then6.i.i.i129

if.then6.i.i.i129:                                ; preds = %if.else.i.i.i121
  %mul8.i.i.i122 = mul i64 %65, 1103515245
  %add9.i.i.i123 = add i64 %mul8.i.i.i122, 12345
  %and10.i.i.i124 = and i64 %add9.i.i.i123, 2147483647
  store i64 %and10.i.i.i124, ptr %random.i.i.i119, align 8
  %shr.i.i.i125 = lshr i64 %and10.i.i.i124, 16
  %rem.i.i.i126 = srem i64 %shr.i.i.i125, %62
  %arrayidx14.i.i.i127 = getelementptr i64, ptr %add.ptr.i.i.i112, i64 %rem.i.i.i126
  %66 = load i64, ptr %arrayidx14.i.i.i127, align 8
  %arrayidx15.i.i.i128 = getelementptr i64, ptr %58, i64 %66
  store i64 0, ptr %arrayidx15.i.i.i128, align 8
  br label %if.else.i

if.else16.i.i.i131:                               ; preds = %if.else.i.i.i121
  %67 = load i64, ptr %add.ptr.i.i.i112, align 8
  %cmp2067.i.i.i130 = icmp sgt i64 %62, 1
  br i1 %cmp2067.i.i.i130, label %for.body.preheader.i.i.i133, label %for.end.i.i.i150

for.body.preheader.i.i.i133:                      ; preds = %if.else16.i.i.i131
  %arrayidx18.i.i.i132 = getelementptr i64, ptr %58, i64 %67
  %68 = load i64, ptr %arrayidx18.i.i.i132, align 8
  br label %for.body.i.i.i144

for.body.i.i.i144:                                ; preds = %for.body.i.i.i144, %for.body.preheader.i.i.i133
  %way.070.i.i.i134 = phi i64 [ %spec.select66.i.i.i141, %for.body.i.i.i144 ], [ 0, %for.body.preheader.i.i.i133 ]
  %other.069.i.i.i135 = phi i64 [ %inc.i.i.i142, %for.body.i.i.i144 ], [ 1, %for.body.preheader.i.i.i133 ]
  %oldest.068.i.i.i136 = phi i64 [ %spec.select.i.i.i140, %for.body.i.i.i144 ], [ %68, %for.body.preheader.i.i.i133 ]
  %arrayidx21.i.i.i137 = getelementptr i64, ptr %add.ptr.i.i.i112, i64 %other.069.i.i.i135
  %69 = load i64, ptr %arrayidx21.i.i.i137, align 8
  %arrayidx22.i.i.i138 = getelementptr i64, ptr %58, i64 %69
  %70 = load i64, ptr %arrayidx22.i.i.i138, align 8
  %cmp23.i.i.i139 = icmp slt i64 %70, %oldest.068.i.i.i136
  %spec.select.i.i.i140 = tail call i64 @llvm.smin.i64(i64 %70, i64 %oldest.068.i.i.i136)
  %spec.select66.i.i.i141 = select i1 %cmp23.i.i.i139, i64 %other.069.i.i.i135, i64 %way.070.i.i.i134
  %inc.i.i.i142 = add nuw nsw i64 %other.069.i.i.i135, 1
  %exitcond.not.i.i.i143 = icmp eq i64 %inc.i.i.i142, %62
  br i1 %exitcond.not.i.i.i143, label %for.end.loopexit.i.i.i147, label %for.body.i.i.i144, !llvm.loop !1

for.end.loopexit.i.i.i147:                        ; preds = %for.body.i.i.i144
  %arrayidx25.phi.trans.insert.i.i.i145 = getelementptr i64, ptr %add.ptr.i.i.i112, i64 %spec.select66.i.i.i141
  %.pre.i.i.i146 = load i64, ptr %arrayidx25.phi.trans.insert.i.i.i145, align 8
  br label %for.end.i.i.i150

for.end.i.i.i150:                                 ; preds = %for.end.loopexit.i.i.i147, %if.else16.i.i.i131
  %71 = phi i64 [ %67, %if.else16.i.i.i131 ], [ %.pre.i.i.i146, %for.end.loopexit.i.i.i147 ]
  %way.0.lcssa.i.i.i148 = phi i64 [ 0, %if.else16.i.i.i131 ], [ %spec.select66.i.i.i141, %for.end.loopexit.i.i.i147 ]
  %arrayidx26.i.i.i149 = getelementptr i64, ptr %58, i64 %71
  store i64 0, ptr %arrayidx26.i.i.i149, align 8
  br label %if.else.i

if.then2.i151:                                    ; preds = %if.end.i106
  store i64 %inc.i.i102, ptr %arrayidx.i.i104, align 8
  br label %read_flash.exit

if.else.i:                                        ; preds = %for.end.i.i.i150, %if.then6.i.i.i129, %if.then.i.i.i118
  %way.2.i.i.i152 = phi i64 [ %64, %if.then.i.i.i118 ], [ %rem.i.i.i126, %if.then6.i.i.i129 ], [ %way.0.lcssa.i.i.i148, %for.end.i.i.i150 ]
  %arrayidx29.i.i.i153 = getelementptr i64, ptr %add.ptr.i.i.i112, i64 %way.2.i.i.i152
  store i64 %unit.0162, ptr %arrayidx29.i.i.i153, align 8
  %72 = load i64, ptr %56, align 8
  store i64 %72, ptr %arrayidx.i.i104, align 8
  %73 = load i64, ptr %data_misses.i, align 8
  %inc4.i = add i64 %73, 1
  store i64 %inc4.i, ptr %data_misses.i, align 8
  %74 = load ptr, ptr %policy.i.i, align 8
  %75 = load i64, ptr %flash, align 8
  %sub.i.i.i = sub i64 %address, %75
  %76 = load i64, ptr %mask.i, align 8
  %not.i.i.i = xor i64 %76, -1
  %and.i.i26.i = and i64 %sub.i.i.i, %not.i.i.i
  %cmp.i.i27.i = icmp eq i64 %and.i.i26.i, 0
  br i1 %cmp.i.i27.i, label %flash_offset.exit.i.i, label %if.end.i.i.i

if.end.i.i.i:                                     ; preds = %if.else.i
  %77 = load i64, ptr %alias.i.i.i, align 8
  %sub1.i.i.i = sub i64 %address, %77
  %and4.i.i.i = and i64 %sub1.i.i.i, %not.i.i.i
  %cmp5.i.i.i = icmp eq i64 %and4.i.i.i, 0
  %cond.i.i.i = select i1 %cmp5.i.i.i, i64 %sub1.i.i.i, i64 -1
  br label %flash_offset.exit.i.i

flash_offset.exit.i.i:                            ; preds = %if.end.i.i.i, %if.else.i
  %retval.0.i.i.i = phi i64 [ %cond.i.i.i, %if.end.i.i.i ], [ %sub.i.i.i, %if.else.i ]
  %78 = load i64, ptr %unit_shift, align 8
  %79 = load i64, ptr %74, align 8
  %tobool.i.i = icmp eq i64 %79, 0
  %cmp.i28.i = icmp slt i64 %retval.0.i.i.i, 0
  %or.cond.i.i = select i1 %tobool.i.i, i1 true, i1 %cmp.i28.i
  br i1 %or.cond.i.i, label %flash_offset.exit.i.data_miss.exit_crit_edge.i, label %if.end.i.i

flash_offset.exit.i.data_miss.exit_crit_edge.i:   ; preds = %flash_offset.exit.i.i
  %.pre.i154 = load i64, ptr %miss_cycles.i.i, align 8
  br label %data_miss.exit.i

if.end.i.i:                                       ; preds = %flash_offset.exit.i.i
  %80 = load ptr, ptr %code_cache.i.i, align 8
  %stamps4.i.i = getelementptr inbounds %struct.Cache, ptr %80, i64 0, i32 1
  %81 = load ptr, ptr %stamps4.i.i, align 8
  %shr.i.i = lshr i64 %retval.0.i.i.i, %78
  %code_begin.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %74, i64 0, i32 2
  %82 = load i64, ptr %code_begin.i.i, align 8
  %shl.i.i = shl i64 %shr.i.i, %78
  %cond.i66.i.i = tail call i64 @llvm.smax.i64(i64 %82, i64 %shl.i.i)
  %83 = load i64, ptr %block_rate.i.i, align 8
  %sub.i.i = sub i64 %retval.0.i.i.i, %cond.i66.i.i
  %mul.i.i = mul i64 %sub.i.i, %83
  %shr6.i.i = ashr i64 %mul.i.i, 16
  %add.neg.i.i = xor i64 %shr6.i.i, -1
  %missed7.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %74, i64 0, i32 1
  %84 = load i64, ptr %missed7.i.i, align 8
  %add8.i.i = add i64 %shr.i.i, 1
  %first_unit.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %74, i64 0, i32 3
  %85 = load i64, ptr %first_unit.i.i, align 8
  %sub9.i.i = sub i64 %add8.i.i, %85
  %cond.i67.i.i = tail call i64 @llvm.smin.i64(i64 %sub9.i.i, i64 62)
  %shr11.i.i = ashr i64 %84, %cond.i67.i.i
  %last_unit.i.i = getelementptr inbounds %struct.PrefetchFirst, ptr %74, i64 0, i32 4
  %86 = load i64, ptr %last_unit.i.i, align 8
  %cmp13.not.i.i = icmp sgt i64 %add8.i.i, %86
  br i1 %cmp13.not.i.i, label %cond.false.i.i, label %cond.true.i.i

cond.true.i.i:                                    ; preds = %if.end.i.i
  %and.i.i = and i64 %shr11.i.i, 1
  %cmp14.i.i = icmp ne i64 %and.i.i, 0
  br label %cond.end.i.i

cond.false.i.i:                                   ; preds = %if.end.i.i
  %arrayidx.i29.i = getelementptr i64, ptr %81, i64 %add8.i.i
  %87 = load i64, ptr %arrayidx.i29.i, align 8
  %cmp16.i.i = icmp eq i64 %87, 0
  br label %cond.end.i.i

cond.end.i.i:                                     ; preds = %cond.false.i.i, %cond.true.i.i
  %cond.in.i.i = phi i1 [ %cmp14.i.i, %cond.true.i.i ], [ %cmp16.i.i, %cond.false.i.i ]
  %add18.i.i = add i64 %shr.i.i, 2
  %cmp20.not.i.i = icmp sgt i64 %add18.i.i, %86
  br i1 %cmp20.not.i.i, label %cond.false26.i.i, label %cond.true22.i.i

cond.true22.i.i:                                  ; preds = %cond.end.i.i
  %and23.i.i = and i64 %shr11.i.i, 2
  %cmp24.i.i = icmp ne i64 %and23.i.i, 0
  br label %cond.end31.i.i

cond.false26.i.i:                                 ; preds = %cond.end.i.i
  %arrayidx28.i.i = getelementptr i64, ptr %81, i64 %add18.i.i
  %88 = load i64, ptr %arrayidx28.i.i, align 8
  %cmp29.i.i = icmp eq i64 %88, 0
  br label %cond.end31.i.i

cond.end31.i.i:                                   ; preds = %cond.false26.i.i, %cond.true22.i.i
  %cond32.in.i.i = phi i1 [ %cmp24.i.i, %cond.true22.i.i ], [ %cmp29.i.i, %cond.false26.i.i ]
  %add33.i.i = add nuw i64 %retval.0.i.i.i, 2
  %notmask.i.i = shl nsw i64 -1, %78
  %sub35.i.i = xor i64 %notmask.i.i, -1
  %and36.i.i = and i64 %add33.i.i, %sub35.i.i
  %cmp37.not.i.i = icmp eq i64 %and36.i.i, 0
  %89 = load i64, ptr %miss_cycles.i.i, align 8
  br i1 %cmp37.not.i.i, label %if.then.i.i30.i, label %if.end.i69.i.i

if.then.i.i30.i:                                  ; preds = %cond.end31.i.i
  %cond.i68.i.i = select i1 %cond32.in.i.i, i64 %89, i64 0
  br label %data_miss.exit.i

if.end.i69.i.i:                                   ; preds = %cond.end31.i.i
  br i1 %cond.in.i.i, label %cond.true3.i.i.i, label %data_miss.exit.i

cond.true3.i.i.i:                                 ; preds = %if.end.i69.i.i
  %sub.i70.i.i = add i64 %89, %add.neg.i.i
  %cond.i.i.i.i = tail call i64 @llvm.smax.i64(i64 %sub.i70.i.i, i64 0)
  br label %data_miss.exit.i

data_miss.exit.i:                                 ; preds = %cond.true3.i.i.i, %if.end.i69.i.i, %if.then.i.i30.i, %flash_offset.exit.i.data_miss.exit_crit_edge.i
  %90 = phi i64 [ %.pre.i154, %flash_offset.exit.i.data_miss.exit_crit_edge.i ], [ %89, %if.then.i.i30.i ], [ %89, %cond.true3.i.i.i ], [ %89, %if.end.i69.i.i ]
  %retval.0.i31.i = phi i64 [ 0, %flash_offset.exit.i.data_miss.exit_crit_edge.i ], [ %cond.i68.i.i, %if.then.i.i30.i ], [ %cond.i.i.i.i, %cond.true3.i.i.i ], [ 0, %if.end.i69.i.i ]
  %91 = load i64, ptr %state, align 8
  %add.i155 = add i64 %91, %90
  store i64 %add.i155, ptr %state, align 8
  br label %read_flash.exit

read_flash.exit:                                  ; preds = %if.then2.i151, %data_miss.exit.i
  %more.0.i = phi i64 [ 0, %if.then2.i151 ], [ %retval.0.i31.i, %data_miss.exit.i ]
  %92 = load i64, ptr %data_ahead.i, align 8
  %add8.i = add i64 %92, %more.0.i
  store i64 %add8.i, ptr %data_ahead.i, align 8
  %93 = load i64, ptr %state, align 8
  %add11.i = add i64 %93, %more.0.i
  store i64 %add11.i, ptr %state, align 8
  %inc52 = add i64 %unit.0162, 1
  %cmp48.not = icmp sgt i64 %inc52, %shr47
  br i1 %cmp48.not, label %for.end, label %for.body, !llvm.loop !13

for.end:                                          ; preds = %read_flash.exit, %for.inc23.i, %if.end45, %if.end35, %if.then27
  ret void
}

; Function Attrs: nounwind
define dso_local void @on_block(ptr noundef %emulator, i64 noundef %address, i32 noundef %size, ptr noundef %user_data) local_unnamed_addr #3 {
entry:
  %0 = load i64, ptr %user_data, align 8
  %deadline = getelementptr inbounds %struct.Run, ptr %user_data, i64 0, i32 1
  %1 = load i64, ptr %deadline, align 8
  %cmp = icmp slt i64 %0, %1
  br i1 %cmp, label %if.end, label %if.then4

if.end:                                           ; preds = %entry
  %conv = zext i32 %size to i64
  %call = tail call fastcc i64 @begin_block(ptr noundef nonnull %user_data, i64 noundef %address, i64 noundef %conv) #10
  %cmp2.not = icmp eq i64 %call, 0
  br i1 %cmp2.not, label %if.end9, label %if.then4

if.then4:                                         ; preds = %entry, %if.end
  %stopped.017 = phi i64 [ %call, %if.end ], [ 1, %entry ]
  %stopped6 = getelementptr inbounds %struct.Run, ptr %user_data, i64 0, i32 6
  store i64 %stopped.017, ptr %stopped6, align 8
  %emulator7 = getelementptr inbounds %struct.State, ptr %user_data, i64 0, i32 6
  %2 = load ptr, ptr %emulator7, align 8
  %call8 = tail call i32 %2(ptr noundef %emulator) #11
  br label %if.end9

if.end9:                                          ; preds = %if.then4, %if.end
  ret void
}

; Function Attrs: nounwind
define dso_local void @on_instruction(ptr noundef %emulator, i64 noundef %address, i32 noundef %size, ptr nocapture noundef %user_data) local_unnamed_addr #3 {
entry:
  %operands1.i = getelementptr inbounds %struct.State, ptr %user_data, i64 0, i32 3
  %base.i = getelementptr inbounds %struct.State, ptr %user_data, i64 0, i32 3, i32 3
  %0 = load i64, ptr %base.i, align 8
  %sub.i = sub i64 %address, %0
  %size.i = getelementptr inbounds %struct.State, ptr %user_data, i64 0, i32 3, i32 4
  %1 = load i64, ptr %size.i, align 8
  %cmp.not.i = icmp ult i64 %sub.i, %1
  br i1 %cmp.not.i, label %if.end5.i, label %if.then.i

if.then.i:                                        ; preds = %entry
  tail call fastcc void @find_range(ptr noundef nonnull %operands1.i, i64 noundef %address) #10
  %2 = load i64, ptr %size.i, align 8
  %cmp3.i = icmp eq i64 %2, 0
  br i1 %cmp3.i, label %if.end, label %if.then.if.end5_crit_edge.i

if.then.if.end5_crit_edge.i:                      ; preds = %if.then.i
  %.pre.i = load i64, ptr %base.i, align 8
  %.pre18.i = sub i64 %address, %.pre.i
  br label %if.end5.i

if.end5.i:                                        ; preds = %if.then.if.end5_crit_edge.i, %entry
  %sub7.pre-phi.i = phi i64 [ %.pre18.i, %if.then.if.end5_crit_edge.i ], [ %sub.i, %entry ]
  %numbers.i = getelementptr inbounds %struct.State, ptr %user_data, i64 0, i32 3, i32 5
  %3 = load ptr, ptr %numbers.i, align 8
  %shr.i = lshr i64 %sub7.pre-phi.i, 1
  %arrayidx.i = getelementptr i32, ptr %3, i64 %shr.i
  %4 = load i32, ptr %arrayidx.i, align 4
  %cmp8.i = icmp eq i32 %4, 0
  br i1 %cmp8.i, label %if.end, label %operation_at.exit

operation_at.exit:                                ; preds = %if.end5.i
  %5 = load ptr, ptr %operands1.i, align 8
  %idx.ext.i = sext i32 %4 to i64
  %add.ptr.i = getelementptr %struct.Operation, ptr %5, i64 %idx.ext.i
  %cmp.not = icmp eq ptr %add.ptr.i, null
  br i1 %cmp.not, label %if.end, label %if.then

if.then:                                          ; preds = %operation_at.exit
  tail call fastcc void @price_operands(ptr noundef %emulator, i64 noundef %address, ptr noundef nonnull %add.ptr.i, ptr noundef nonnull %user_data) #10
  br label %if.end

if.end:                                           ; preds = %if.end5.i, %if.then.i, %if.then, %operation_at.exit
  ret void
}

; Function Attrs: noinline nounwind
define internal fastcc void @price_operands(ptr noundef %emulator, i64 noundef %address, ptr nocapture noundef %operation, ptr nocapture noundef %state) unnamed_addr #5 {
entry:
  %value.i33 = alloca i64, align 8
  %value.i = alloca i64, align 8
  %base1 = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 1
  %0 = load i64, ptr %base1, align 8
  %cmp = icmp sgt i64 %0, -1
  br i1 %cmp, label %cond.true, label %cond.end

cond.true:                                        ; preds = %entry
  call void @llvm.lifetime.start.p0(i64 8, ptr nonnull %value.i)
  store i64 0, ptr %value.i, align 8
  %reg_read.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 6, i32 1
  %1 = load ptr, ptr %reg_read.i, align 8
  %registers.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 6, i32 2
  %2 = load ptr, ptr %registers.i, align 8
  %arrayidx.i = getelementptr i32, ptr %2, i64 %0
  %3 = load i32, ptr %arrayidx.i, align 4
  %call.i = call i32 %1(ptr noundef %emulator, i32 noundef %3, ptr noundef nonnull %value.i) #11
  %4 = load i64, ptr %value.i, align 8
  %conv.i = trunc i64 %4 to i32
  call void @llvm.lifetime.end.p0(i64 8, ptr nonnull %value.i)
  br label %cond.end

cond.end:                                         ; preds = %entry, %cond.true
  %cond = phi i32 [ %conv.i, %cond.true ], [ 0, %entry ]
  %index3 = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 2
  %5 = load i64, ptr %index3, align 8
  %cmp4 = icmp sgt i64 %5, -1
  br i1 %cmp4, label %cond.true5, label %cond.end9

cond.true5:                                       ; preds = %cond.end
  call void @llvm.lifetime.start.p0(i64 8, ptr nonnull %value.i33)
  store i64 0, ptr %value.i33, align 8
  %reg_read.i34 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 6, i32 1
  %6 = load ptr, ptr %reg_read.i34, align 8
  %registers.i35 = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 6, i32 2
  %7 = load ptr, ptr %registers.i35, align 8
  %arrayidx.i36 = getelementptr i32, ptr %7, i64 %5
  %8 = load i32, ptr %arrayidx.i36, align 4
  %call.i37 = call i32 %6(ptr noundef %emulator, i32 noundef %8, ptr noundef nonnull %value.i33) #11
  %9 = load i64, ptr %value.i33, align 8
  %conv.i38 = trunc i64 %9 to i32
  call void @llvm.lifetime.end.p0(i64 8, ptr nonnull %value.i33)
  br label %cond.end9

cond.end9:                                        ; preds = %cond.end, %cond.true5
  %cond10 = phi i32 [ %conv.i38, %cond.true5 ], [ 0, %cond.end ]
  %10 = load i64, ptr %operation, align 8
  switch i64 %10, label %if.else [
    i64 1, label %if.then
    i64 4, label %if.then
  ]

if.then:                                          ; preds = %cond.end9, %cond.end9
  %shift = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 3
  %11 = load i64, ptr %shift, align 8
  %sh_prom = trunc i64 %11 to i32
  %shl = shl i32 %cond10, %sh_prom
  %add = add i32 %shl, %cond
  %offset = getelementptr inbounds %struct.Operation, ptr %operation, i64 0, i32 4
  %12 = load i64, ptr %offset, align 8
  %conv = trunc i64 %12 to i32
  %add14 = add i32 %add, %conv
  call fastcc void @price_access(ptr noundef %state, ptr noundef nonnull %operation, i64 noundef %address, i32 noundef %add14) #10
  br label %if.end

if.else:                                          ; preds = %cond.end9
  %tape.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5
  %shl.i = shl i64 %address, 32
  %or.i = or i64 %shl.i, 3
  %conv.i39 = zext i32 %cond to i64
  %conv2.i = zext i32 %cond10 to i64
  %shl3.i = shl nuw i64 %conv2.i, 32
  %or4.i = or i64 %shl3.i, %conv.i39
  %13 = load ptr, ptr %tape.i, align 8
  %cmp.i.i = icmp eq ptr %13, null
  br i1 %cmp.i.i, label %write_down.exit.i, label %if.end.i.i

if.end.i.i:                                       ; preds = %if.else
  %used.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 1
  %14 = load i64, ptr %used.i.i, align 8
  %room.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 2
  %15 = load i64, ptr %room.i.i, align 8
  %cmp1.not.i.i = icmp slt i64 %14, %15
  br i1 %cmp1.not.i.i, label %if.end3.i.i, label %if.then2.i.i

if.then2.i.i:                                     ; preds = %if.end.i.i
  %full.i.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 5, i32 3
  %16 = load ptr, ptr %full.i.i, align 8
  %call.i.i = call i64 %16(i64 noundef 0, i64 noundef 0, i64 noundef 0) #11
  %.pre.i.i = load i64, ptr %used.i.i, align 8
  %.pre20.i.i = load i64, ptr %room.i.i, align 8
  br label %if.end3.i.i

if.end3.i.i:                                      ; preds = %if.then2.i.i, %if.end.i.i
  %17 = phi i64 [ %.pre20.i.i, %if.then2.i.i ], [ %15, %if.end.i.i ]
  %18 = phi i64 [ %.pre.i.i, %if.then2.i.i ], [ %14, %if.end.i.i ]
  %cmp6.not.i.i = icmp slt i64 %18, %17
  br i1 %cmp6.not.i.i, label %if.end8.i.i, label %write_down.exit.i

if.end8.i.i:                                      ; preds = %if.end3.i.i
  %19 = load ptr, ptr %tape.i, align 8
  %inc.i.i = add nsw i64 %18, 1
  store i64 %inc.i.i, ptr %used.i.i, align 8
  %arrayidx.i.i = getelementptr %struct.Event, ptr %19, i64 %18
  store i64 %or.i, ptr %arrayidx.i.i, align 8
  %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i.i = getelementptr inbounds i8, ptr %arrayidx.i.i, i64 8
  store i64 %or4.i, ptr %.compoundliteral.sroa.2.0.arrayidx.sroa_idx.i.i, align 8
  br label %write_down.exit.i

write_down.exit.i:                                ; preds = %if.end8.i.i, %if.end3.i.i, %if.else
  %20 = load i64, ptr %operation, align 8
  %cmp.not.i = icmp eq i64 %20, 2
  %divide_shortest.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 7
  %21 = load i64, ptr %divide_shortest.i, align 8
  %divide_bits.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 8
  %22 = load i64, ptr %divide_bits.i, align 8
  %divide_longest.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 9
  %23 = load i64, ptr %divide_longest.i, align 8
  br i1 %cmp.not.i, label %if.then.i.i, label %if.end.i18.i

if.then.i.i:                                      ; preds = %write_down.exit.i
  %cond.i.i = call i32 @llvm.abs.i32(i32 %cond, i1 false)
  %cond8.i.i = call i32 @llvm.abs.i32(i32 %cond10, i1 false)
  br label %if.end.i18.i

if.end.i18.i:                                     ; preds = %if.then.i.i, %write_down.exit.i
  %divisor.addr.0.i.i = phi i32 [ %cond8.i.i, %if.then.i.i ], [ %cond10, %write_down.exit.i ]
  %dividend.addr.0.i.i = phi i32 [ %cond.i.i, %if.then.i.i ], [ %cond, %write_down.exit.i ]
  %24 = add i32 %divisor.addr.0.i.i, -1
  %or.cond.not.i.i = icmp ult i32 %24, %dividend.addr.0.i.i
  br i1 %or.cond.not.i.i, label %if.end11.i.i, label %price_divide.exit

if.end11.i.i:                                     ; preds = %if.end.i18.i
  %add.i.i = add i64 %21, 1
  %25 = call i32 @llvm.ctlz.i32(i32 %dividend.addr.0.i.i, i1 true), !range !4
  %sub.i.i.i = sub nuw nsw i32 32, %25
  %conv.i.i.i = zext i32 %sub.i.i.i to i64
  %26 = call i32 @llvm.ctlz.i32(i32 %divisor.addr.0.i.i, i1 true), !range !4
  %sub.i26.i.i = sub nuw nsw i32 32, %26
  %conv.i27.i.i = zext i32 %sub.i26.i.i to i64
  %sub13.i.i = sub nsw i64 %conv.i.i.i, %conv.i27.i.i
  %div.i.i = sdiv i64 %sub13.i.i, %22
  %add14.i.i = add i64 %add.i.i, %div.i.i
  %cond.i.i.i = call i64 @llvm.smin.i64(i64 %23, i64 %add14.i.i)
  br label %price_divide.exit

price_divide.exit:                                ; preds = %if.end.i18.i, %if.end11.i.i
  %retval.0.i.i = phi i64 [ %cond.i.i.i, %if.end11.i.i ], [ %21, %if.end.i18.i ]
  %divides.i = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 3, i32 6
  %27 = load ptr, ptr %divides.i, align 8
  %arrayidx.i40 = getelementptr i64, ptr %27, i64 %retval.0.i.i
  %28 = load i64, ptr %arrayidx.i40, align 8
  %inc.i = add i64 %28, 1
  store i64 %inc.i, ptr %arrayidx.i40, align 8
  %29 = load i64, ptr %divide_shortest.i, align 8
  %sub.i = sub i64 %retval.0.i.i, %29
  %30 = load i64, ptr %state, align 8
  %add.i = add i64 %sub.i, %30
  store i64 %add.i, ptr %state, align 8
  br label %if.end

if.end:                                           ; preds = %price_divide.exit, %if.then
  ret void
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i32 @llvm.ctlz.i32(i32, i1 immarg) #6

; Function Attrs: nofree noinline norecurse nosync nounwind memory(read, argmem: readwrite, inaccessiblemem: none)
define internal fastcc void @find_range(ptr nocapture noundef %operands, i64 noundef %address) unnamed_addr #7 {
entry:
  %size = getelementptr inbounds %struct.Operands, ptr %operands, i64 0, i32 4
  store i64 0, ptr %size, align 8
  %ranges_count = getelementptr inbounds %struct.Operands, ptr %operands, i64 0, i32 2
  %0 = load i64, ptr %ranges_count, align 8
  %cmp23 = icmp sgt i64 %0, 0
  br i1 %cmp23, label %for.body.lr.ph, label %for.end

for.body.lr.ph:                                   ; preds = %entry
  %ranges = getelementptr inbounds %struct.Operands, ptr %operands, i64 0, i32 1
  %1 = load ptr, ptr %ranges, align 8
  %base6 = getelementptr inbounds %struct.Operands, ptr %operands, i64 0, i32 3
  %numbers9 = getelementptr inbounds %struct.Operands, ptr %operands, i64 0, i32 5
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %for.inc
  %index.024 = phi i64 [ 0, %for.body.lr.ph ], [ %inc, %for.inc ]
  %add.ptr = getelementptr %struct.CodeRange, ptr %1, i64 %index.024
  %2 = load i64, ptr %add.ptr, align 8
  %cmp1.not = icmp sgt i64 %2, %address
  br i1 %cmp1.not, label %for.inc, label %land.lhs.true

land.lhs.true:                                    ; preds = %for.body
  %size3 = getelementptr %struct.CodeRange, ptr %1, i64 %index.024, i32 1
  %3 = load i64, ptr %size3, align 8
  %add = add i64 %3, %2
  %cmp4 = icmp sgt i64 %add, %address
  br i1 %cmp4, label %if.then, label %for.inc

if.then:                                          ; preds = %land.lhs.true
  store i64 %2, ptr %base6, align 8
  %4 = load i64, ptr %size3, align 8
  store i64 %4, ptr %size, align 8
  %numbers = getelementptr %struct.CodeRange, ptr %1, i64 %index.024, i32 2
  %5 = load ptr, ptr %numbers, align 8
  store ptr %5, ptr %numbers9, align 8
  br label %for.inc

for.inc:                                          ; preds = %for.body, %land.lhs.true, %if.then
  %inc = add nuw nsw i64 %index.024, 1
  %exitcond.not = icmp eq i64 %inc, %0
  br i1 %exitcond.not, label %for.end, label %for.body, !llvm.loop !14

for.end:                                          ; preds = %for.inc, %entry
  ret void
}

; Function Attrs: nofree nosync nounwind memory(readwrite, inaccessiblemem: none)
define internal fastcc void @shadow_read(ptr nocapture noundef readonly %state, i64 noundef %unit, i64 noundef %flash_misses, i64 noundef %ram_misses) unnamed_addr #1 {
entry:
  %shadows_count = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 12
  %0 = load i64, ptr %shadows_count, align 8
  %cmp11 = icmp sgt i64 %0, 0
  br i1 %cmp11, label %for.body.lr.ph, label %for.end

for.body.lr.ph:                                   ; preds = %entry
  %shadows = getelementptr inbounds %struct.State, ptr %state, i64 0, i32 4, i32 11
  br label %for.body

for.body:                                         ; preds = %for.body.lr.ph, %for.inc
  %index.012 = phi i64 [ 0, %for.body.lr.ph ], [ %inc, %for.inc ]
  %1 = load ptr, ptr %shadows, align 8
  %data_cache = getelementptr %struct.Shadow, ptr %1, i64 %index.012, i32 1
  %2 = load ptr, ptr %data_cache, align 8
  %3 = load i64, ptr %2, align 8
  %inc.i = add i64 %3, 1
  store i64 %inc.i, ptr %2, align 8
  %stamps.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 1
  %4 = load ptr, ptr %stamps.i, align 8
  %arrayidx.i = getelementptr i64, ptr %4, i64 %unit
  %5 = load i64, ptr %arrayidx.i, align 8
  %cmp.i = icmp eq i64 %5, 0
  br i1 %cmp.i, label %if.then.i, label %touch.exit

if.then.i:                                        ; preds = %for.body
  %set_mask.i.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 5
  %6 = load i64, ptr %set_mask.i.i, align 8
  %and.i.i = and i64 %6, %unit
  %units.i.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 2
  %7 = load ptr, ptr %units.i.i, align 8
  %ways.i.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 4
  %8 = load i64, ptr %ways.i.i, align 8
  %mul.i.i = mul i64 %8, %and.i.i
  %add.ptr.i.i = getelementptr i64, ptr %7, i64 %mul.i.i
  %fills.i.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 3
  %9 = load ptr, ptr %fills.i.i, align 8
  %arrayidx.i.i = getelementptr i64, ptr %9, i64 %and.i.i
  %10 = load i64, ptr %arrayidx.i.i, align 8
  %cmp.i.i = icmp slt i64 %10, %8
  br i1 %cmp.i.i, label %if.then.i.i, label %if.else.i.i

if.then.i.i:                                      ; preds = %if.then.i
  %add.i.i = add nsw i64 %10, 1
  store i64 %add.i.i, ptr %arrayidx.i.i, align 8
  br label %if.then

if.else.i.i:                                      ; preds = %if.then.i
  %random.i.i = getelementptr inbounds %struct.Cache, ptr %2, i64 0, i32 6
  %11 = load i64, ptr %random.i.i, align 8
  %cmp5.not.i.i = icmp eq i64 %11, 0
  br i1 %cmp5.not.i.i, label %if.else16.i.i, label %if.then6.i.i

if.then6.i.i:                                     ; preds = %if.else.i.i
  %mul8.i.i = mul i64 %11, 1103515245
  %add9.i.i = add i64 %mul8.i.i, 12345
  %and10.i.i = and i64 %add9.i.i, 2147483647
  store i64 %and10.i.i, ptr %random.i.i, align 8
  %shr.i.i = lshr i64 %and10.i.i, 16
  %rem.i.i = srem i64 %shr.i.i, %8
  %arrayidx14.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %rem.i.i
  %12 = load i64, ptr %arrayidx14.i.i, align 8
  %arrayidx15.i.i = getelementptr i64, ptr %4, i64 %12
  store i64 0, ptr %arrayidx15.i.i, align 8
  br label %if.then

if.else16.i.i:                                    ; preds = %if.else.i.i
  %13 = load i64, ptr %add.ptr.i.i, align 8
  %cmp2067.i.i = icmp sgt i64 %8, 1
  br i1 %cmp2067.i.i, label %for.body.preheader.i.i, label %for.end.i.i

for.body.preheader.i.i:                           ; preds = %if.else16.i.i
  %arrayidx18.i.i = getelementptr i64, ptr %4, i64 %13
  %14 = load i64, ptr %arrayidx18.i.i, align 8
  br label %for.body.i.i

for.body.i.i:                                     ; preds = %for.body.i.i, %for.body.preheader.i.i
  %way.070.i.i = phi i64 [ %spec.select66.i.i, %for.body.i.i ], [ 0, %for.body.preheader.i.i ]
  %other.069.i.i = phi i64 [ %inc.i.i, %for.body.i.i ], [ 1, %for.body.preheader.i.i ]
  %oldest.068.i.i = phi i64 [ %spec.select.i.i, %for.body.i.i ], [ %14, %for.body.preheader.i.i ]
  %arrayidx21.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %other.069.i.i
  %15 = load i64, ptr %arrayidx21.i.i, align 8
  %arrayidx22.i.i = getelementptr i64, ptr %4, i64 %15
  %16 = load i64, ptr %arrayidx22.i.i, align 8
  %cmp23.i.i = icmp slt i64 %16, %oldest.068.i.i
  %spec.select.i.i = tail call i64 @llvm.smin.i64(i64 %16, i64 %oldest.068.i.i)
  %spec.select66.i.i = select i1 %cmp23.i.i, i64 %other.069.i.i, i64 %way.070.i.i
  %inc.i.i = add nuw nsw i64 %other.069.i.i, 1
  %exitcond.not.i.i = icmp eq i64 %inc.i.i, %8
  br i1 %exitcond.not.i.i, label %for.end.loopexit.i.i, label %for.body.i.i, !llvm.loop !1

for.end.loopexit.i.i:                             ; preds = %for.body.i.i
  %arrayidx25.phi.trans.insert.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %spec.select66.i.i
  %.pre.i.i = load i64, ptr %arrayidx25.phi.trans.insert.i.i, align 8
  br label %for.end.i.i

for.end.i.i:                                      ; preds = %for.end.loopexit.i.i, %if.else16.i.i
  %17 = phi i64 [ %13, %if.else16.i.i ], [ %.pre.i.i, %for.end.loopexit.i.i ]
  %way.0.lcssa.i.i = phi i64 [ 0, %if.else16.i.i ], [ %spec.select66.i.i, %for.end.loopexit.i.i ]
  %arrayidx26.i.i = getelementptr i64, ptr %4, i64 %17
  store i64 0, ptr %arrayidx26.i.i, align 8
  br label %if.then

touch.exit:                                       ; preds = %for.body
  store i64 %inc.i, ptr %arrayidx.i, align 8
  br label %for.inc

if.then:                                          ; preds = %if.then.i.i, %if.then6.i.i, %for.end.i.i
  %way.2.i.i = phi i64 [ %10, %if.then.i.i ], [ %rem.i.i, %if.then6.i.i ], [ %way.0.lcssa.i.i, %for.end.i.i ]
  %arrayidx29.i.i = getelementptr i64, ptr %add.ptr.i.i, i64 %way.2.i.i
  store i64 %unit, ptr %arrayidx29.i.i, align 8
  %18 = load i64, ptr %2, align 8
  store i64 %18, ptr %arrayidx.i, align 8
  %data = getelementptr %struct.Shadow, ptr %1, i64 %index.012, i32 5
  %19 = load i64, ptr %data, align 8
  %add = add i64 %19, %flash_misses
  store i64 %add, ptr %data, align 8
  %ram = getelementptr %struct.Shadow, ptr %1, i64 %index.012, i32 6
  %20 = load i64, ptr %ram, align 8
  %add2 = add i64 %20, %ram_misses
  store i64 %add2, ptr %ram, align 8
  br label %for.inc

for.inc:                                          ; preds = %touch.exit, %if.then
  %inc = add nuw nsw i64 %index.012, 1
  %21 = load i64, ptr %shadows_count, align 8
  %cmp = icmp slt i64 %inc, %21
  br i1 %cmp, label %for.body, label %for.end, !llvm.loop !15

for.end:                                          ; preds = %for.inc, %entry
  ret void
}

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #8

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i32 @llvm.abs.i32(i32, i1 immarg) #8

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #8

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i8 @llvm.smin.i8(i8, i8) #8

; Function Attrs: nocallback nofree nosync nounwind speculatable willreturn memory(none)
declare i8 @llvm.smax.i8(i8, i8) #8

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(i64 immarg, ptr nocapture) #9

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(i64 immarg, ptr nocapture) #9

attributes #0 = { mustprogress nofree norecurse nosync nounwind willreturn memory(none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #1 = { nofree nosync nounwind memory(readwrite, inaccessiblemem: none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #2 = { mustprogress nofree nosync nounwind willreturn memory(none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #3 = { nounwind "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #4 = { inlinehint nounwind "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #5 = { noinline nounwind "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #6 = { mustprogress nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #7 = { nofree noinline norecurse nosync nounwind memory(read, argmem: readwrite, inaccessiblemem: none) "no-builtins" "no-trapping-math"="true" "stack-protector-buffer-size"="8" }
attributes #8 = { nocallback nofree nosync nounwind speculatable willreturn memory(none) }
attributes #9 = { nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #10 = { nobuiltin "no-builtins" }
attributes #11 = { nobuiltin nounwind "no-builtins" }

!llvm.module.flags = !{!0}

!0 = !{i32 1, !"wchar_size", i32 4}
!1 = distinct !{!1, !2, !3}
!2 = !{!"llvm.loop.mustprogress"}
!3 = !{!"llvm.loop.unroll.disable"}
!4 = !{i32 0, i32 33}
!5 = distinct !{!5, !2, !3}
!6 = distinct !{!6, !2, !3}
!7 = distinct !{!7, !2, !3}
!8 = distinct !{!8, !2, !3}
!9 = distinct !{!9, !2, !3}
!10 = distinct !{!10, !2, !3}
!11 = distinct !{!11, !2, !3}
!12 = distinct !{!12, !2, !3}
!13 = distinct !{!13, !2, !3}
!14 = distinct !{!14, !2, !3}
!15 = distinct !{!15, !2, !3}
