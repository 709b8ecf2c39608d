//! A store as at one point: which releases count, and the series they make.
//!
//! Chooses between the index and the ledger, which give the same answers; changes nothing.

use crate::error::StoreError;
use crate::records::{AsAt, Definitions, Release};
use crate::store::Store;
use kilter_core::ident::MeasureId;
use kilter_core::series::{Series, SeriesKey};

/// A store as at one point.
#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    store: &'a Store,
    as_at: AsAt,
    order: Vec<u32>,
    definitions: &'a Definitions,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(store: &'a Store, as_at: AsAt, order: Vec<u32>, definitions: &'a Definitions) -> Self {
        Self { store, as_at, order, definitions }
    }

    /// The point that was asked for.
    #[must_use]
    pub fn as_at(&self) -> AsAt {
        self.as_at
    }

    /// The releases that count, in the order in which they apply: by the day on which they became known,
    /// then by number.
    #[must_use]
    pub fn releases(&self) -> Vec<&'a Release> {
        self.order.iter().map(|number| &self.store.releases()[*number as usize - 1]).collect()
    }

    /// The definitions in force: the newest version known at that point, or the first version where none
    /// was known yet. As at a release, versions added after it do not count, whatever their day.
    #[must_use]
    pub fn definitions(&self) -> &'a Definitions {
        self.definitions
    }

    /// Asks the index, where it holds just these releases and is believed; else the ledger.
    fn ask<T>(
        &self,
        index: impl FnOnce(&crate::index::Index) -> Result<T, String>,
        ledger: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.store.check_process()?;
        if self.order.len() == self.store.releases().len()
            && let Some(held) = self.store.index()
        {
            match index(held) {
                Ok(answer) => return Ok(answer),
                Err(why) => self.store.doubt(why),
            }
        }
        ledger()
    }

    /// The measures of which something was observed, in order.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn measures(&self) -> Result<Vec<MeasureId>, StoreError> {
        self.ask(|index| Ok(index.measures()), || self.store.ledger.measures(&self.order))
    }

    /// Every series of a measure, by key; none where nothing was observed of it.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn measure(&self, id: &MeasureId) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        self.ask(|index| index.measure(id), || self.store.ledger.measure(id, &self.order))
    }

    /// One series; `None` where nothing was observed of it.
    ///
    /// # Errors
    /// Damage; the store cannot be read.
    pub fn series(&self, key: &SeriesKey) -> Result<Option<Series>, StoreError> {
        self.ask(|index| index.series(key), || self.store.ledger.series(key, &self.order))
    }
}
