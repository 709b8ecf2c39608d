//! Loops over columns with the widest instructions that the processor has: kilter is built for every processor of a
//! kind, and asks the one that it runs on. An answer is the same to the bit, for nothing is reckoned in another order.

/// Does some work, a loop over columns, with wide instructions where there are any. What it calls has to be part of
/// it (`#[inline(always)]`), or stays as it is.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let Some(instructions) = fearless_simd::Level::new().as_avx2() {
        return fearless_simd::Simd::vectorize(instructions, work);
    }
    work()
}
