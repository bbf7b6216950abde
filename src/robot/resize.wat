;; The two passes of resize.ts, four numbers at a time. Fixed point with 22 bits behind the point, as its filters are.
;; `npm run wasm` compiles this file into resize-wasm.ts; a test shows that the two belong together.
;;
;; A filter, at $filter, has for output i: first and count (i32 each), and weights (i32), $taps of them, count of which are used:
;;   first[n] | count[n] | weights[n · taps]
(module
  (memory (export "memory") 1)

  ;; Every row at another width. Pixels of 3 bytes; each output pixel is one vector r, g, b and a fourth number that is thrown away.
  (func (export "columns")
    (param $from i32) (param $width i32) (param $height i32) (param $to i32) (param $n i32) (param $filter i32) (param $taps i32)
    (local $y i32) (local $x i32) (local $j i32) (local $pixel i32) (local $weight i32) (local $counts i32) (local $weights i32) (local $sum v128)
    (local.set $counts (i32.add (local.get $filter) (i32.shl (local.get $n) (i32.const 2))))
    (local.set $weights (i32.add (local.get $counts) (i32.shl (local.get $n) (i32.const 2))))
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $pixels
        (local.set $pixel (i32.add (local.get $from) (i32.mul (i32.const 3) (i32.load (i32.add (local.get $filter) (i32.shl (local.get $x) (i32.const 2)))))))
        (local.set $weight (i32.add (local.get $weights) (i32.shl (i32.mul (local.get $x) (local.get $taps)) (i32.const 2))))
        (local.set $j (i32.load (i32.add (local.get $counts) (i32.shl (local.get $x) (i32.const 2)))))
        (local.set $sum (v128.const i32x4 2097152 2097152 2097152 2097152))
        (loop $taps
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul
            (v128.load32_splat (local.get $weight))
            (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $pixel)))))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 3)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $taps (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
        (local.set $sum (i16x8.narrow_i32x4_u (local.get $sum) (local.get $sum)))
        ;; The fourth byte is written over by the next pixel.
        (v128.store32_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
        (local.set $to (i32.add (local.get $to) (i32.const 3)))
        (br_if $pixels (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $n))))
      (local.set $from (i32.add (local.get $from) (i32.mul (i32.const 3) (local.get $width))))
      (br_if $rows (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height)))))

  ;; Every column at another height. Rows of $stride bytes, 16 of which are done at once; what is written past the end of a row is
  ;; written over by the next.
  (func (export "rows")
    (param $from i32) (param $stride i32) (param $to i32) (param $n i32) (param $filter i32) (param $taps i32)
    (local $y i32) (local $x i32) (local $j i32) (local $byte i32) (local $weight i32) (local $w v128) (local $bytes v128) (local $half v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $rows
      (local.set $x (i32.const 0))
      (loop $bytes
        (local.set $byte (i32.add (local.get $from) (i32.add (local.get $x)
          (i32.mul (local.get $stride) (i32.load (i32.add (local.get $filter) (i32.shl (local.get $y) (i32.const 2))))))))
        (local.set $j (i32.load (i32.add (local.get $filter) (i32.shl (i32.add (local.get $n) (local.get $y)) (i32.const 2)))))
        (local.set $weight (i32.add (local.get $filter) (i32.shl (i32.add (i32.shl (local.get $n) (i32.const 1)) (i32.mul (local.get $y) (local.get $taps))) (i32.const 2))))
        (local.set $a (v128.const i32x4 2097152 2097152 2097152 2097152))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (loop $taps
          (local.set $w (v128.load32_splat (local.get $weight)))
          (local.set $bytes (v128.load (local.get $byte)))
          (local.set $half (i16x8.extend_low_i8x16_u (local.get $bytes)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.mul (local.get $w) (i32x4.extend_low_i16x8_u (local.get $half)))))
          (local.set $b (i32x4.add (local.get $b) (i32x4.mul (local.get $w) (i32x4.extend_high_i16x8_u (local.get $half)))))
          (local.set $half (i16x8.extend_high_i8x16_u (local.get $bytes)))
          (local.set $c (i32x4.add (local.get $c) (i32x4.mul (local.get $w) (i32x4.extend_low_i16x8_u (local.get $half)))))
          (local.set $d (i32x4.add (local.get $d) (i32x4.mul (local.get $w) (i32x4.extend_high_i16x8_u (local.get $half)))))
          (local.set $byte (i32.add (local.get $byte) (local.get $stride)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $taps (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (v128.store (i32.add (local.get $to) (local.get $x)) (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_u (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
          (i16x8.narrow_i32x4_u (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
        (br_if $bytes (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $stride))))
      (local.set $to (i32.add (local.get $to) (local.get $stride)))
      (br_if $rows (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $n))))))
