//! What may happen next.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use gangway_domain::{PartnerId, TenantId};
use gangway_engine::{Callback, Check, Error, Secret, Store as _, TryOutcome, Visit};
use uuid::Uuid;

use super::tally::Tally;
use super::{History, Node, now_or_never};
use crate::memory::LostAnswer;
use crate::partner::Fault;
use crate::{Answered, ISSUER, by};

/// What a check has come to, for the tally.
fn count_check(tally: &Tally, check: &Result<Check, Error>) {
    let Some(word) = (match check {
        Ok(Check::Good(_)) => Some("check Good"),
        Ok(Check::Gone) => Some("check Gone"),
        Ok(Check::RefusesUs(_)) => Some("check RefusesUs"),
        Ok(Check::CannotTell) => Some("check CannotTell"),
        Err(Error::Contended(_)) => Some("check Contended"),
        Err(_) => None,
    }) else {
        return;
    };
    tally.count(word);
}

impl History {
    pub(super) fn any_partner(&mut self) -> (TenantId, PartnerId) {
        let all = self.partners.len();
        // Mostly the same, so that things meet.
        if self.dice.one_in(4) { self.partners[self.dice.below(all)] } else { self.partners[0] }
    }

    fn any_node(&mut self) -> Node {
        Arc::clone(&self.nodes[self.dice.below(self.nodes.len())])
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(Box::pin(task));
    }

    /// The first partner is connected, and nothing goes wrong.
    pub(super) fn connect_the_first(&mut self) {
        let (tenant, id) = self.partners[0];
        self.tell(format_args!("connect {id}"));
        now_or_never(self.house.engine.begin_onboarding(tenant, &by(), id)).unwrap();
        self.consent((tenant, id));
        let answer = self.answers.pop().unwrap();
        // Some partners give nothing by which they could be told good.
        drop(now_or_never(answer.deliver(&self.house.engine)));
    }

    pub(super) fn step(&mut self) {
        match self.dice.below(35) {
            0..=1 => self.begin(),
            2..=6 => {
                let whose = self.any_partner();
                self.consent(whose);
            }
            7..=12 => self.deliver(),
            13..=14 => self.disconnect(),
            15..=22 => self.check(),
            23..=26 => {
                let engine = self.any_node();
                self.work(&engine);
            }
            27 => self.expire(),
            28..=30 => {
                let seconds = self.dice.of(&[1, 1, 6, 30, 66, 400, 700, 700, 4000]);
                let stops =
                    if self.tasks.is_empty() { "" } else { ", in which what is under way stands still" };
                self.tell(format_args!("{seconds} s{}", if seconds > 60 { stops } else { "" }));
                self.house.clock.step(seconds);
            }
            _ => {
                if !self.is_calm || self.dice.one_in(3) {
                    self.go_wrong();
                }
            }
        }
        // Often so few that much is under way at the same time.
        for _ in 0..self.dice.of(&[0, 0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55]) {
            self.turn();
        }
    }

    fn go_wrong(&mut self) {
        match self.dice.below(16) {
            0 => self.crash(),
            1 => self.end_there(),
            2..=5 => self.fault(),
            6..=8 => self.fall_asleep(),
            9 => self.wake(),
            10 => self.hang_up(),
            11..=13 => self.lose_an_answer(),
            _ => {
                let down = self.dice.one_in(4).then_some(Fault::Unreached);
                self.tell(format_args!("always {down:?}"));
                if down.is_some() {
                    self.tally.count("the partner was down");
                }
                self.house.partner.always(down);
            }
        }
    }

    fn begin(&mut self) {
        let ((tenant, id), engine) = (self.any_partner(), self.any_node());
        self.tell(format_args!("begin {id}"));
        self.spawn(async move { drop(engine.begin_onboarding(tenant, &by(), id).await) });
    }

    fn disconnect(&mut self) {
        let ((tenant, id), engine) = (self.any_partner(), self.any_node());
        if self.dice.one_in(20) {
            self.tell(format_args!("delete {id}"));
            self.spawn(async move { drop(engine.delete_partner(tenant, &by(), id).await) });
        } else {
            self.tell(format_args!("disconnect {id}"));
            self.spawn(async move { drop(engine.disconnect(tenant, &by(), id).await) });
        }
    }

    fn check(&mut self) {
        let ((tenant, id), engine, tally) = (self.any_partner(), self.any_node(), self.tally.clone());
        self.tell(format_args!("check {id}"));
        self.spawn(async move { count_check(&tally, &engine.check_connection(tenant, id).await) });
    }

    fn expire(&mut self) {
        let engine = self.any_node();
        self.tell(format_args!("expire"));
        self.spawn(async move { drop(engine.expire_attempts(10).await) });
    }

    fn consent(&mut self, (tenant, id): (TenantId, PartnerId)) {
        let partner = now_or_never(self.house.engine.store().partner(tenant, id)).unwrap();
        let Some((partner, attempt)) = partner.and_then(|p| p.attempt().map(|a| a.id).map(|a| (p, a))) else {
            return;
        };
        let visit = now_or_never(self.house.engine.visit(tenant, id, attempt));
        let Ok(Visit::Elsewhere { url, browser_key }) = visit else { return };
        self.tell(format_args!("consent {id} {attempt}"));
        let callback = Callback {
            profile: partner.profile.unwrap(),
            state: Some(url.split_once("state=").unwrap().1.to_owned()),
            code: Some(Secret::new(self.house.partner.consent())),
            error: None,
            issuer: Some(ISSUER.into()),
            correlation: Uuid::nil(),
        };
        self.answers.push(Answered { callback, attempt, browser_key });
    }

    /// Answers may come late, more than once, or never.
    fn deliver(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let engine = self.any_node();
        // Mostly the newest, or few would be in time.
        let last = self.answers.len() - 1;
        let which = if self.dice.one_in(4) { self.dice.below(last + 1) } else { last };
        let again = self.dice.one_in(6);
        let answer = if again { self.answers[which].clone() } else { self.answers.swap_remove(which) };
        self.tell(format_args!("deliver {}", answer.attempt));
        self.spawn(async move { drop(answer.deliver(&engine).await) });
    }

    /// How many releases are tried.
    pub(super) fn work(&mut self, engine: &Node) -> usize {
        let Ok(due) = now_or_never(engine.due_releases(4)) else { return 0 };
        let count = due.len();
        for due in due {
            self.tell(format_args!("try {}", due.release.id));
            let (engine, tally) = (Arc::clone(engine), self.tally.clone());
            self.spawn(async move {
                if let Ok(TryOutcome::Superseded) = engine.try_release(due).await {
                    tally.count("try Superseded");
                }
            });
        }
        self.judge_what_was_lost();
        count
    }

    fn end_there(&mut self) {
        if self.house.partner.grants() > 0 {
            let which = self.dice.below(self.house.partner.grants());
            self.tell(format_args!("grant {which} is ended there"));
            self.tally.count("a grant was ended there");
            self.house.partner.end_there(which);
        }
    }

    fn fault(&mut self) {
        let (fault, word) = self.dice.of(&[
            (Fault::Unreached, "fault Unreached"),
            (Fault::AnswerLost, "fault AnswerLost"),
            (Fault::AnswerLost, "fault AnswerLost"),
            (Fault::Failed, "fault Failed"),
            (Fault::Busy(Duration::from_secs(20)), "fault Busy"),
            (Fault::RefusesUs, "fault RefusesUs"),
            (Fault::Rejected, "fault Rejected"),
            (Fault::Unreadable, "fault Unreadable"),
        ]);
        self.tally.count(word);
        if self.dice.one_in(2) {
            self.tell(format_args!("{fault:?} when tokens are asked for"));
            self.house.partner.fail_next_grant(fault);
        } else {
            let later = self.dice.below(6) as u64;
            self.tell(format_args!("{fault:?} in {later} calls"));
            self.house.partner.fail_later(later, fault);
        }
    }

    fn lose_an_answer(&mut self) {
        let how = self.dice.of(&[LostAnswer::AfterTheAct, LostAnswer::BeforeTheAct, LostAnswer::ForLong]);
        let later = self.dice.below(5) as u64;
        self.tell(format_args!("the store loses an answer in {later} commits: {how:?}"));
        self.house.engine.store().lose_answer(later, how);
    }

    fn fall_asleep(&mut self) {
        if !self.tasks.is_empty() {
            let which = self.dice.below(self.tasks.len());
            self.tell(format_args!("something falls asleep"));
            self.tally.count("a task fell asleep");
            let task = self.tasks.swap_remove(which);
            self.asleep.push(task);
        }
    }

    pub(super) fn wake(&mut self) {
        self.tell(format_args!("{} wake up", self.asleep.len()));
        self.asleep.iter().for_each(|_| self.tally.count("a task woke up"));
        self.tasks.append(&mut self.asleep);
    }

    /// Whoever waited for something waits no longer, and the process goes on.
    fn hang_up(&mut self) {
        if !self.tasks.is_empty() {
            let which = self.dice.below(self.tasks.len());
            self.tell(format_args!("somebody hangs up"));
            self.tally.count("somebody hung up");
            drop(self.tasks.swap_remove(which));
        }
    }

    /// Everything under way is gone, wherever it was, and so is what processes remember.
    fn crash(&mut self) {
        self.tell(format_args!("crash"));
        self.tasks.iter().chain(&self.asleep).for_each(|_| self.tally.count("a crash took a task with it"));
        self.tasks.clear();
        self.asleep.clear();
        self.house.restart();
        self.nodes[0] = Arc::clone(&self.house.engine);
        for node in self.nodes.iter_mut().skip(1) {
            *node = self.house.with_a_clock_off_by(0);
        }
    }
}
