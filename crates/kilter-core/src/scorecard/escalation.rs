//! Escalation: a small state machine over reports. So many reports running with the condition raise, so
//! many without it clear; people acknowledge, raise and clear by decisions on record.
//!
//! It counts reports and not days, so that a monthly and a yearly indicator are treated alike. A report of
//! which the status is not assessed says nothing: it neither continues a run nor breaks it.

use crate::framework::{Decision, DecisionKind, Escalation, Trigger};
use crate::target::{Colour, Status};
use crate::time::{Date, Period};
use std::fmt;

/// What was reported for a period, with the rule of its day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The period.
    pub period: Period,
    /// The day of the report.
    pub on: Date,
    /// The status.
    pub status: Status,
    /// What makes an escalation begin.
    pub when: Trigger,
    /// After how many reports running it is raised.
    pub raise_after: u32,
    /// After how many reports running without it is cleared.
    pub clear_after: u32,
}

impl Report {
    /// A report by a rule of escalation.
    #[must_use]
    pub fn by(rule: &Escalation, period: Period, on: Date, status: Status) -> Self {
        let Escalation { when, raise_after, clear_after, .. } = *rule;
        Self { period, on, status, when, raise_after, clear_after }
    }

    /// Whether the condition holds; `None` where the report says nothing of it.
    fn holds(&self) -> Option<bool> {
        let colour = self.status.colour()?;
        match self.when {
            Trigger::Red => Some(colour == Colour::Red),
            Trigger::AmberOrRed => Some(colour != Colour::Green),
            Trigger::Declared => None,
        }
    }
}

/// Where an escalation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscalationState {
    /// There is none.
    Clear,
    /// The condition holds, and not for long enough yet.
    Pending,
    /// It has been raised and nobody has taken note of it yet.
    Raised,
    /// It has been taken note of.
    Acknowledged,
}

impl fmt::Display for EscalationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Clear => "clear",
            Self::Pending => "pending",
            Self::Raised => "raised",
            Self::Acknowledged => "acknowledged",
        })
    }
}

/// What happened at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscalationEvent {
    /// The condition holds for the first time.
    Pending,
    /// It held for long enough, or a person raised it.
    Raised,
    /// The condition ended before it was raised.
    Dropped,
    /// A person has taken note of it.
    Acknowledged,
    /// The condition has not held for long enough, or a person closed it.
    Cleared,
    /// A decision for which there was no occasion: nothing was raised that could be acknowledged or
    /// cleared, or it had been raised already.
    WithoutOccasion,
}

impl fmt::Display for EscalationEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "pending",
            Self::Raised => "raised",
            Self::Dropped => "dropped",
            Self::Acknowledged => "acknowledged",
            Self::Cleared => "cleared",
            Self::WithoutOccasion => "without occasion",
        })
    }
}

/// A step of an escalation: a report or a decision, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EscalationStep<'f> {
    /// The day.
    pub on: Date,
    /// What was reported; `None` for a decision.
    pub report: Option<Report>,
    /// What was decided; `None` for a report.
    pub decision: Option<&'f Decision>,
    /// What happened; `None`: nothing.
    pub event: Option<EscalationEvent>,
    /// Where it stands after the step.
    pub state: EscalationState,
    /// For how many reports running the condition has held.
    pub held_for: u32,
    /// For how many reports running it has not, since it was raised.
    pub quiet_for: u32,
}

/// Plays reports and decisions back in order of their days, reports before decisions of the same day.
///
/// ```
/// use kilter_core::framework::Trigger;
/// use kilter_core::scorecard::{EscalationEvent, EscalationState, Report, replay_escalation};
/// use kilter_core::target::{Colour, Status};
/// use kilter_core::time::Period;
/// let month = |m| Period::month(2024, m).unwrap();
/// let report = |m, colour| Report { period: month(m), on: month(m).end(),
///     status: Status::Assessed(colour), when: Trigger::Red, raise_after: 2, clear_after: 1 };
/// let steps = replay_escalation(
///     &[report(1, Colour::Red), report(2, Colour::Red), report(3, Colour::Amber)], &[]);
/// assert_eq!(steps.iter().map(|step| step.event).collect::<Vec<_>>(), [
///     Some(EscalationEvent::Pending), Some(EscalationEvent::Raised), Some(EscalationEvent::Cleared)]);
/// assert_eq!(steps[2].state, EscalationState::Clear);
/// ```
#[must_use]
pub fn replay_escalation<'f>(reports: &[Report], decisions: &[&'f Decision]) -> Vec<EscalationStep<'f>> {
    enum Step<'f> {
        Report(Report),
        Decision(&'f Decision),
    }
    let mut steps: Vec<(Date, u8, Step<'f>)> = Vec::with_capacity(reports.len() + decisions.len());
    steps.extend(reports.iter().map(|report| (report.on, 0, Step::Report(*report))));
    steps.extend(decisions.iter().map(|decision| (decision.on, 1, Step::Decision(decision))));
    // Stable: what is of one day and kind keeps the order in which it was given.
    steps.sort_by_key(|(on, kind, _)| (*on, *kind));
    let mut machine = Machine { state: EscalationState::Clear, held_for: 0, quiet_for: 0 };
    steps
        .into_iter()
        .map(|(on, _, step)| {
            let (report, decision, event) = match step {
                Step::Report(report) => (Some(report), None, machine.report(&report)),
                Step::Decision(decision) => (None, Some(decision), Some(machine.decide(decision.kind))),
            };
            let Machine { state, held_for, quiet_for } = machine;
            EscalationStep { on, report, decision, event, state, held_for, quiet_for }
        })
        .collect()
}

struct Machine {
    state: EscalationState,
    held_for: u32,
    quiet_for: u32,
}

impl Machine {
    fn is_up(&self) -> bool {
        matches!(self.state, EscalationState::Raised | EscalationState::Acknowledged)
    }

    fn report(&mut self, report: &Report) -> Option<EscalationEvent> {
        if report.holds()? {
            self.held_for += 1;
            self.quiet_for = 0;
            if self.is_up() {
                return None;
            }
            let was = self.state;
            if self.held_for >= report.raise_after {
                self.state = EscalationState::Raised;
                return Some(EscalationEvent::Raised);
            }
            self.state = EscalationState::Pending;
            return (was == EscalationState::Clear).then_some(EscalationEvent::Pending);
        }
        self.held_for = 0;
        match self.state {
            EscalationState::Clear => None,
            EscalationState::Pending => {
                self.state = EscalationState::Clear;
                Some(EscalationEvent::Dropped)
            }
            EscalationState::Raised | EscalationState::Acknowledged => {
                self.quiet_for += 1;
                (self.quiet_for >= report.clear_after).then(|| self.clear())
            }
        }
    }

    fn clear(&mut self) -> EscalationEvent {
        (self.state, self.quiet_for) = (EscalationState::Clear, 0);
        EscalationEvent::Cleared
    }

    fn decide(&mut self, kind: DecisionKind) -> EscalationEvent {
        match (kind, self.state) {
            (DecisionKind::Raised, EscalationState::Clear | EscalationState::Pending) => {
                (self.state, self.quiet_for) = (EscalationState::Raised, 0);
                EscalationEvent::Raised
            }
            (DecisionKind::Acknowledged, EscalationState::Raised) => {
                self.state = EscalationState::Acknowledged;
                EscalationEvent::Acknowledged
            }
            (DecisionKind::Cleared, EscalationState::Raised | EscalationState::Acknowledged) => {
                // The run that led to it is over: what stays red begins to count anew.
                self.held_for = 0;
                self.clear()
            }
            _ => EscalationEvent::WithoutOccasion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Matter;
    use crate::ident::{AreaCode, EscalationId, IndicatorId};
    use crate::target::NotAssessed;
    use proptest::prelude::*;

    fn month(n: i32) -> Period {
        Period::month(2020, 1).unwrap().plus(n)
    }

    /// Reports of one letter each: r, a, g, and - for not assessed.
    fn reports(letters: &str, raise_after: u32, clear_after: u32) -> Vec<Report> {
        (0..)
            .zip(letters.chars())
            .map(|(i, letter)| Report {
                period: month(i),
                on: month(i).end(),
                status: match letter {
                    'r' => Status::Assessed(Colour::Red),
                    'a' => Status::Assessed(Colour::Amber),
                    'g' => Status::Assessed(Colour::Green),
                    _ => Status::NotAssessed(NotAssessed::NoData),
                },
                when: Trigger::Red,
                raise_after,
                clear_after,
            })
            .collect()
    }

    fn decision(kind: DecisionKind, on: Date) -> Decision {
        Decision {
            escalation: EscalationId::new("e").unwrap(),
            about: Matter::Indicator(IndicatorId::new("I").unwrap()),
            area: AreaCode::new("A").unwrap(),
            on,
            kind,
            by: "the chair".into(),
            reason: None,
            action: None,
            owner: None,
        }
    }

    /// The states after each step, one letter each.
    fn states(steps: &[EscalationStep<'_>]) -> String {
        steps
            .iter()
            .map(|step| match step.state {
                EscalationState::Clear => '.',
                EscalationState::Pending => 'p',
                EscalationState::Raised => 'R',
                EscalationState::Acknowledged => 'A',
            })
            .collect()
    }

    #[test]
    fn so_many_red_reports_running_raise_and_so_many_others_clear() {
        for (letters, raise, clear, expected) in [
            ("rrr", 1, 1, "RRR"),
            ("rgr", 2, 1, "p.p"),
            ("rrgrr", 2, 2, "pRRRR"),
            ("rrggr", 2, 2, "pRR.p"),
            ("rra", 2, 1, "pR."),
            ("r-r", 2, 1, "ppR"),
            ("rr-g-g", 2, 2, "pRRRR."),
            ("gag", 1, 1, "..."),
        ] {
            let steps = replay_escalation(&reports(letters, raise, clear), &[]);
            assert_eq!(states(&steps), expected, "{letters} {raise} {clear}");
        }
    }

    #[test]
    fn decisions_are_taken_after_the_reports_of_their_day() {
        let decisions = [
            decision(DecisionKind::Acknowledged, month(0).end()),
            decision(DecisionKind::Acknowledged, month(1).end()),
            decision(DecisionKind::Cleared, month(2).end()),
        ];
        let steps = replay_escalation(&reports("rrrr", 2, 1), &decisions.iter().collect::<Vec<_>>());
        assert_eq!(states(&steps), "ppRAA.p");
        assert_eq!(steps[1].event, Some(EscalationEvent::WithoutOccasion));
        assert_eq!(steps[3].event, Some(EscalationEvent::Acknowledged));
        assert_eq!(steps[5].event, Some(EscalationEvent::Cleared));
    }

    #[test]
    fn what_is_declared_is_moved_by_decisions_alone() {
        let mut declared = reports("rrgg", 1, 1);
        for report in &mut declared {
            report.when = Trigger::Declared;
        }
        assert_eq!(states(&replay_escalation(&declared, &[])), "....");
        let raised = decision(DecisionKind::Raised, month(0).end());
        assert_eq!(states(&replay_escalation(&declared, &[&raised])), ".RRRR");
    }

    proptest! {
        #[test]
        fn it_is_never_raised_without_enough_red_reports_nor_kept_up_after_enough_others(
            letters in "[rag-]{0,40}", raise in 1u32..5, clear in 1u32..5,
        ) {
            let steps = replay_escalation(&reports(&letters, raise, clear), &[]);
            for step in &steps {
                if step.event == Some(EscalationEvent::Raised) {
                    prop_assert_eq!(step.held_for, raise);
                }
                prop_assert!(step.quiet_for < clear);
                prop_assert_eq!(
                    matches!(step.state, EscalationState::Pending), (1..raise).contains(&step.held_for)
                        && !matches!(step.state, EscalationState::Raised | EscalationState::Acknowledged)
                );
            }
            // The same history gives the same steps, and a longer one begins with them.
            let half = letters.len() / 2;
            prop_assert_eq!(&replay_escalation(&reports(&letters[..half], raise, clear), &[])[..], &steps[..half]);
        }
    }
}
