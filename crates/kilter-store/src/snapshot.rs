//! A store as at one point: which releases count, and the series they make.
//!
//! Chooses between the index and the ledger, which give the same answers; changes nothing.

use crate::error::StoreError;
use crate::index::Index;
use crate::ledger::Ledger;
use crate::records::{AsAt, Definitions, Release};
use crate::state::{State, Visible};
use crate::store::Store;
use kilter_core::ident::MeasureId;
use kilter_core::series::{Series, SeriesKey};
use std::sync::Arc;

/// A store as at one point. What is added to the store later does not change it.
#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    store: &'a Store,
    state: Arc<State>,
    as_at: AsAt,
    visible: Arc<Visible>,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(store: &'a Store, state: Arc<State>, as_at: AsAt) -> Result<Self, StoreError> {
        let visible = Arc::new(state.visible(as_at, store.path())?);
        Ok(Self { store, state, as_at, visible })
    }

    /// The point that was asked for.
    #[must_use]
    pub fn as_at(&self) -> AsAt {
        self.as_at
    }

    /// The releases that count, in the order in which they apply: by the day on which they became known,
    /// then by number.
    #[must_use]
    pub fn releases(&self) -> Vec<&Release> {
        self.visible.order.iter().map(|number| &self.state.releases[*number as usize - 1]).collect()
    }

    /// The definitions in force: the newest version known at that point, or the first version where none
    /// was known yet. As at a release, versions added after it do not count, whatever their day.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.state.definitions[self.visible.definitions]
    }

    /// Asks the index, where it holds just these releases and is believed; else the ledger.
    fn ask<T>(
        &self,
        index: impl FnOnce(&Index) -> Result<T, String>,
        ledger: impl Fn(&Ledger, &[u32]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.store.check_process()?;
        if self.visible.order == self.state.current() {
            match self.store.shared.ask_index(&self.state, index) {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(why)) => self.store.shared.doubt(why),
                None => {}
            }
        }
        self.store.shared.ask_ledger(&self.state, |of| ledger(of, &self.visible.order))
    }

    /// The measures of which something was observed, in order.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn measures(&self) -> Result<Vec<MeasureId>, StoreError> {
        self.ask(|index| Ok(index.measures()), Ledger::measures)
    }

    /// Every series of a measure, by key; none where nothing was observed of it.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn measure(&self, id: &MeasureId) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        self.ask(|index| index.measure(id), |ledger, order| ledger.measure(id, order))
    }

    /// One series; `None` where nothing was observed of it.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn series(&self, key: &SeriesKey) -> Result<Option<Series>, StoreError> {
        self.ask(|index| index.series(key), |ledger, order| ledger.series(key, order))
    }
}
