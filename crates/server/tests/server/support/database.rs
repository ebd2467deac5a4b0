mod file;
mod server;

use std::collections::HashMap;
use std::path::Path;

use super::backend::made_for;
use super::place::Place;
use file::File;
use server::Server;

/// What a server keeps, read without asking it.
pub(crate) enum Database {
    File(File),
    Server(Server),
}

/// What the database says of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) status: String,
    /// How many audit events say that it was disconnected.
    pub(crate) disconnects: i64,
}

impl Database {
    /// That of the server with this data directory.
    pub(crate) fn read(data: &Path) -> Self {
        made_for(data).map_or_else(|| Self::File(File::read(data)), |url| Self::Server(Server::at(url)))
    }

    /// That of a server that has stopped: nothing is left to do for the next start.
    pub(crate) fn left_behind(place: &Place) -> Self {
        let database = match made_for(&place.data()) {
            Some(url) => {
                let nodes = super::backend::psql(&url, "SELECT count(*) FROM leases WHERE expires > 0");
                assert_eq!(nodes, "0\n", "could not return this node's leases");
                Self::Server(Server::at(url))
            }
            None => Self::File(File::left_behind(place)),
        };
        assert!(database.is_sound());
        database
    }

    pub(crate) fn status(&self, id: &str) -> String {
        match self {
            Self::File(file) => file.status(id),
            Self::Server(server) => server.status(id),
        }
    }

    /// What was done to a partner, in order.
    pub(crate) fn activities(&self, id: &str) -> Vec<String> {
        self.events(id, "activity")
    }

    /// A column of a partner's audit events, in order.
    pub(crate) fn events(&self, id: &str, column: &str) -> Vec<String> {
        match self {
            Self::File(file) => file.events(id, column),
            Self::Server(server) => server.events(id, column),
        }
    }

    /// Who asked for what was done to a partner, in order: ids without hyphens.
    pub(crate) fn correlations(&self, id: &str) -> Vec<String> {
        match self {
            Self::File(file) => file.events(id, "lower(hex(correlation))"),
            Self::Server(server) => server.events(id, "replace(correlation::text, '-', '')"),
        }
    }

    /// Every partner by its id, without hyphens: see [`key`].
    pub(crate) fn partners(&self) -> HashMap<String, Recorded> {
        match self {
            Self::File(file) => file.partners(),
            Self::Server(server) => server.partners(),
        }
    }

    /// Every sealed secret there is of a tenant's.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        match self {
            Self::File(file) => file.secrets(),
            Self::Server(server) => server.secrets(),
        }
    }

    /// Whether what has it finds nothing wrong with it.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::File(file) => file.is_sound(),
            // It sees to that itself.
            Self::Server(_) => true,
        }
    }
}

/// An id as the database writes it in hexadecimal.
pub(crate) fn key(id: &str) -> String {
    id.replace('-', "")
}

/// Changes something behind the server's back.
pub(crate) fn meddle(data: &Path, sql: &str) {
    match made_for(data) {
        Some(url) => drop(super::backend::psql(&url, sql)),
        None => File::meddle(data, sql),
    }
}

/// Lets the next try of every release be due, as time does. No server may be running.
pub(crate) fn make_releases_due(data: &Path) {
    meddle(data, "UPDATE releases SET next_try = asked_at WHERE next_try IS NOT NULL");
}

/// Lets the time of every attempt be over. No server may be running.
pub(crate) fn make_attempts_late(data: &Path) {
    meddle(data, "UPDATE partners SET attempt_expires = 0 WHERE attempt IS NOT NULL");
}
