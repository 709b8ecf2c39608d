//! How a chart is laid out: where its parts begin, which places its centre and limits rest on, and which are
//! left out. Knows no values.

use std::ops::Range;
use thiserror::Error;

/// Where the parts of a chart begin, and which of its places count.
///
/// The peer (qicharts2) takes either a baseline or parts, and drops the baseline in silence where both are
/// given; here a baseline holds for each part. It also passes over a start or an excluded place beyond the
/// series, which is an error here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout<'a> {
    /// The places from which centre and limits are calculated anew, ascending. The first part begins at 0,
    /// whether that is named or not. When to begin anew is a judgement about the service, never made here.
    pub starts: &'a [usize],
    /// The centre and limits of each part rest on so many of its first places, gaps and excluded places among
    /// them, and hold for the rest; `None` for all of its places. At least 1.
    pub fix_after: Option<usize>,
    /// Places that are shown and count towards nothing: neither centre, nor limits, nor runs. In any order.
    pub excluded: &'a [usize],
}

/// Why a chart cannot be laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// A part begins where none can.
    #[error("a part begins at place {found} of {places}: starts ascend, each of them a place")]
    BadStart {
        /// The start.
        found: usize,
        /// How many places there are.
        places: usize,
    },
    /// A place is excluded that is none.
    #[error("place {found} is excluded, and there are {places}")]
    BadExclusion {
        /// The place, from 0.
        found: usize,
        /// How many places there are.
        places: usize,
    },
    /// The centre is to rest on no place.
    #[error("the centre is to rest on the first 0 places of each part: it needs at least 1")]
    NothingFixed,
}

/// The places of one part, and which of them count for what.
pub(in crate::method) struct Laid {
    /// Its places.
    pub(in crate::method) places: Range<usize>,
    /// The places that its centre and limits may rest on, excluded ones among them.
    pub(in crate::method) base: Range<usize>,
}

impl Layout<'_> {
    /// The parts of a chart of so many places, and for every place whether it is included.
    pub(in crate::method) fn lay(self, places: usize) -> Result<(Vec<Laid>, Vec<bool>), LayoutError> {
        if self.fix_after == Some(0) {
            return Err(LayoutError::NothingFixed);
        }
        let mut included = vec![true; places];
        for &found in self.excluded {
            *included.get_mut(found).ok_or(LayoutError::BadExclusion { found, places })? = false;
        }
        let part = |places: Range<usize>| {
            let length = self.fix_after.map_or(places.len(), |fixed| fixed.min(places.len()));
            Laid { base: places.start..places.start + length, places }
        };
        let parts = parts(places, self.starts).map_err(|found| LayoutError::BadStart { found, places })?;
        Ok((parts.into_iter().map(part).collect(), included))
    }
}

/// The parts of so many places that begin at 0 and at those starts; else the first start that does not ascend
/// or is no place.
pub(in crate::method) fn parts(places: usize, starts: &[usize]) -> Result<Vec<Range<usize>>, usize> {
    let mut found = Vec::with_capacity(starts.len() + 1);
    let mut begun = 0;
    for (i, &start) in starts.iter().enumerate() {
        if start >= places || (i > 0 && start <= starts[i - 1]) {
            return Err(start);
        }
        if start > 0 {
            found.push(begun..start);
            begun = start;
        }
    }
    found.push(begun..places);
    Ok(found)
}
