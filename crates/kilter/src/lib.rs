//! The front door of kilter.
