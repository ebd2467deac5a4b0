//! One of several databases, which may not be there yet.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use gangway_engine::StoreError;

use super::ShardError;
use crate::{AuditKey, PostgresOptions, PostgresStore};

/// A database, by its number in the configuration.
#[derive(Debug)]
pub(super) struct Shard {
    number: usize,
    store: PostgresStore,
    /// Whether it was looked at and is as it should be. Before that nothing is asked of it but that.
    is_there: AtomicBool,
    /// Whether it answered the last time something was asked of all of them.
    answers: AtomicBool,
    /// Why it is not there.
    why: Mutex<String>,
}

impl Shard {
    /// One that is not there yet.
    pub(super) fn new(number: usize, options: &PostgresOptions, key: &AuditKey) -> Result<Self, ShardError> {
        let store = PostgresStore::unchecked(options, key)?;
        let (is_there, answers) = (AtomicBool::new(false), AtomicBool::new(false));
        let why = Mutex::new(format!("database {number} of store.shard was not asked yet"));
        Ok(Self { number, store, is_there, answers, why })
    }

    /// The database, also if it is not there.
    pub(super) const fn store(&self) -> &PostgresStore {
        &self.store
    }

    pub(super) const fn number(&self) -> usize {
        self.number
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Acquire)
    }

    /// It is there from now on. If it goes away again, whoever asks it finds out.
    pub(super) fn comes(&self) {
        self.is_there.store(true, Ordering::Release);
        self.answers.store(true, Ordering::Release);
    }

    /// It is not there, for this reason. Whether that is another than before.
    pub(super) fn stays_away(&self, error: &ShardError) -> bool {
        let why = error.to_string();
        let mut before = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = *before != why;
        *before = why;
        is_new
    }

    /// Why it is not there; `None` if it is.
    pub(super) fn absence(&self) -> Option<StoreError> {
        let why = || self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (!self.is_there()).then(|| StoreError::Unavailable(why()))
    }

    pub(super) fn answers(&self) -> bool {
        self.answers.load(Ordering::Acquire)
    }

    /// What it answers, if it is there.
    pub(super) async fn ask<'a, T>(
        &'a self,
        ask: impl Fn(&'a PostgresStore) -> BoxFuture<'a, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if let Some(absence) = self.absence() {
            return Err(absence);
        }
        let answer = ask(&self.store).await;
        let is_away = matches!(answer, Err(StoreError::Unavailable(_)));
        self.answers.store(!is_away, Ordering::Release);
        answer
    }
}
