//! Benches of kilter; see README.md of this folder.
