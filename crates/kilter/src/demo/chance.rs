//! Chance from a fixed seed, in whole numbers only: logarithms and powers may differ in the last bit
//! between platforms, and whole numbers do not. This room knows nothing of what is counted.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

const SEED: u128 = 0x6b69_6c74_6572_2064_656d_6f20_3230_3234;
const STREAM: u128 = 0x696e_7665_6e74_6564_2066_6967_7572_6573;

/// A source of chance. Each topic has its own, so that a change to one leaves the figures of the others
/// as they are.
pub(super) struct Chance(Pcg64);

impl Chance {
    /// The source of a topic: one sequence, entered 2^64 steps further on for each topic.
    pub fn new(topic: u8) -> Self {
        let mut generator = Pcg64::new(SEED, STREAM);
        generator.advance(u128::from(topic) << 64);
        Self(generator)
    }

    /// How many events happened where `sixteenths` / 16 are expected: the successes among that many
    /// trials of chance 1/16, whose variance is 15/16 of Poisson's.
    pub fn events(&mut self, sixteenths: u64) -> u64 {
        let mut left = sixteenths;
        let mut count = 0;
        while left > 0 {
            let trials = left.min(64);
            let hits = (0..4).fold(u64::MAX >> (64 - trials), |hits, _| hits & self.0.next_u64());
            count += u64::from(hits.count_ones());
            left -= trials;
        }
        count
    }

    /// A whole number from 0 to `bound` - 1, each as likely as the others.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("a 64-bit fraction of a 64-bit number has 64 bits")
    }

    /// How many of `n` are kept where each is kept with a chance of `per_mille` / 1,000.
    pub fn thinned(&mut self, n: u64, per_mille: u64) -> u64 {
        (0..n).filter(|_| self.below(1000) < per_mille).count() as u64
    }

    /// How many events happened in a month in which a mean of `value` moved by up to `per_cent` / 100
    /// either way: more uneven than chance alone.
    pub fn uneven_events(&mut self, value: u64, per_cent: u64) -> u64 {
        let moved = self.near(16 * value, 16 * value * per_cent / 100);
        self.events(moved)
    }

    /// `value`, up to `spread` higher or lower.
    pub fn near(&mut self, value: u64, spread: u64) -> u64 {
        (value + self.below(2 * spread + 1)).saturating_sub(spread)
    }
}
