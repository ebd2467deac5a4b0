//! How statements get to the database: in one go, whatever their number.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error};

use super::builder::DraftStatement;
use crate::postgres::client::fault::Fault;
use crate::postgres::client::pool::Lent;

/// A statement that the database knows already.
pub(super) struct Prepared<'a> {
    statement: tokio_postgres::Statement,
    values: Vec<&'a (dyn ToSql + Sync)>,
}

/// Prepares those that the connection does not know yet.
pub(super) async fn prepare<'a>(
    connection: &Lent<'_>,
    statements: &'a [DraftStatement<'_>],
) -> Result<Vec<Prepared<'a>>, Fault> {
    let mut prepared = Vec::with_capacity(statements.len());
    for DraftStatement { text, values } in statements {
        let statement = connection.prepare(text).await?;
        let values = values.iter().map(|value| value as _).collect();
        prepared.push(Prepared { statement, values });
    }
    Ok(prepared)
}

/// All of them or none: they are sent with the beginning of a transaction before and its end behind them, and nothing is waited
/// for in between. So whoever stops waiting leaves all of it or nothing.
pub(super) async fn run(connection: &Lent<'_>, prepared: &[Prepared<'_>]) -> Result<(), Fault> {
    let client = connection.client()?;
    let mut all: Vec<Running<'_>> = vec![Box::pin(client.batch_execute("BEGIN"))];
    all.extend(prepared.iter().map(|one| Box::pin(one.run(client)) as Running<'_>));
    all.push(Box::pin(client.batch_execute("COMMIT")));
    Ok(in_one_go(all).await?)
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

impl Prepared<'_> {
    async fn run(&self, client: &Client) -> Result<(), Error> {
        client.execute(&self.statement, &self.values).await.map(drop)
    }
}

/// Begins all of them, in this order, before it waits for any, and answers with the first error. After that the database
/// does none of the rest, and takes `COMMIT` for `ROLLBACK`. Answers come in the same order, so they are waited for one by one.
async fn in_one_go(mut all: Vec<Running<'_>>) -> Result<(), Error> {
    let begun: Vec<_> = poll_fn(|context| {
        Poll::Ready(all.iter_mut().map(|running| running.as_mut().poll(context)).collect())
    })
    .await;
    let mut outcome = Ok(());
    for (running, begun) in all.into_iter().zip(begun) {
        let done = match begun {
            Poll::Ready(done) => done,
            Poll::Pending => running.await,
        };
        outcome = outcome.and(done);
    }
    outcome
}
