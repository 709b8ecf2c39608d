//! Targets: what is aimed at, how far it may be missed, and the judgement of a value.
//!
//! Polarity, target and tolerance are one [`Threshold`] or it does not exist. A [`Goal`] says what is aimed
//! at before it is known what that is for an area and a period. This room knows no series and no
//! framework; which target is in force where and when is theirs to say.

mod goal;
mod status;
mod threshold;

pub use goal::{
    Against, Baseline, Change, Comparator, Function, Goal, GoalError, Offset, Origin, PeerStatistic,
    Trajectory,
};
pub use status::{Colour, NotAssessed, Status};
pub use threshold::{Aim, Judgement, Polarity, Threshold, ThresholdError, Tolerance, ToleranceUnit, same};
