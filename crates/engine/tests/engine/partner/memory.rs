//! What the partner remembers: the oracle of these tests.

use std::collections::HashMap;

use gangway_domain::TokenKind;
use gangway_engine::{Grant, Secret, ShownAnswer};

use super::Fault;
use super::habits::{Code, Introspection, Manner, NewRefresh, OldRefresh, Revocation};

/// Why a token is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Somebody revoked it, or its grant, through the API.
    Revoked,
    /// A token or code of its grant that was used up was used again.
    Reused,
    /// Its owner ended the grant at the partner.
    EndedThere,
    /// A refresh has put another in its place.
    Replaced,
    /// Of age.
    Expired,
}

#[derive(Debug)]
struct Token {
    text: String,
    kind: TokenKind,
    /// Which of the grant's answers it came in.
    answer: u64,
    of_code: bool,
    born: i64,
    expires: Option<i64>,
    death: Option<(Death, i64)>,
}

#[derive(Debug, Default)]
pub(super) struct Family {
    code: String,
    pub(super) code_uses: u32,
    tokens: Vec<Token>,
    death: Option<(Death, i64)>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) families: Vec<Family>,
    made: u64,
    answers: u64,
    pub(super) faults: HashMap<u64, Fault>,
    /// What is wrong with the next call that asks for tokens.
    pub(super) grant_fault: Option<Fault>,
    pub(super) calls: u64,
    pub(super) always: Option<Fault>,
    /// Whether an answer can be read that could not be.
    pub(super) is_read_again: bool,
    pub(super) revocations: u64,
    /// How often it gave fresh tokens.
    pub(super) refreshes: u64,
    pub(super) lost: u64,
    pub(super) now: i64,
    introspections: u64,
    pub(super) lies_until: i64,
}

/// The tokens in what [`State::last_answer`] made.
pub(super) fn read(answer: &str) -> Option<Grant> {
    let mut texts = answer.split("<token>").filter_map(|part| part.strip_suffix("</token>"));
    let access_token = Secret::new(texts.next()?.to_owned());
    let refresh_token = texts.next().map(|text| Secret::new(text.to_owned()));
    let answer = ShownAnswer("200".into());
    let expires_in = Some(std::time::Duration::from_mins(10));
    Some(Grant { access_token, refresh_token, expires_in, refresh_expires_in: None, beside: false, answer })
}

impl Family {
    fn death_of(&self, token: &Token, now: i64) -> Option<Death> {
        let told = [self.death, token.death].into_iter().flatten().filter(|(_, at)| *at <= now);
        let expired = token.expires.filter(|at| *at <= now).map(|at| (Death::Expired, at));
        told.chain(expired).min_by_key(|(_, at)| *at).map(|(death, _)| death)
    }

    fn end(&mut self, death: Death, at: i64) {
        if self.death.is_none_or(|(_, earlier)| at < earlier) {
            self.death = Some((death, at));
        }
    }
}

impl State {
    fn name(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }

    pub(super) fn consent(&mut self) -> String {
        let code = self.name("code");
        self.families.push(Family { code: code.clone(), ..Family::default() });
        code
    }

    fn find(&self, text: &str) -> Option<(usize, usize)> {
        let place = |family: &Family| family.tokens.iter().position(|token| token.text == text);
        self.families.iter().enumerate().find_map(|(f, family)| place(family).map(|t| (f, t)))
    }

    pub(super) fn family_of(&self, text: &str) -> Option<usize> {
        let of_code = self.families.iter().position(|family| family.code == text);
        of_code.or_else(|| self.find(text).map(|(family, _)| family))
    }

    /// The tokens of the last answer, in a form that nobody reads.
    pub(super) fn last_answer(&self) -> String {
        let tokens = self.families.iter().flat_map(|family| &family.tokens);
        let last = tokens.filter(|token| token.answer == self.answers);
        last.map(|token| ["<token>", &token.text, "</token>"].concat()).collect()
    }

    pub(super) fn opens(&self, text: &str) -> bool {
        self.find(text).is_some() && self.death_of(text).is_none()
    }

    pub(super) fn death_of(&self, text: &str) -> Option<Death> {
        let (family, token) = self.find(text)?;
        self.families[family].death_of(&self.families[family].tokens[token], self.now)
    }

    pub(super) fn opens_anything(&self, family: usize) -> bool {
        let family = &self.families[family];
        family.tokens.iter().any(|token| family.death_of(token, self.now).is_none())
    }

    pub(super) fn end_there(&mut self, family: usize) {
        let now = self.now;
        self.families[family].end(Death::EndedThere, now);
    }

    pub(super) fn grant(
        &mut self,
        index: usize,
        manner: Manner,
        of_refresh: bool,
        used: Option<&str>,
    ) -> Grant {
        self.answers += 1;
        let (answer, born, of_code) = (self.answers, self.now, !of_refresh);
        let access = self.name("access");
        let refresh = match (of_refresh, manner.new_refresh) {
            (false, _) => manner.gives_refresh.then(|| self.name("refresh")),
            (true, NewRefresh::New) => Some(self.name("refresh")),
            (true, NewRefresh::None | NewRefresh::Same) => None,
        };
        let life = manner.tells_expiry.then(|| i64::try_from(manner.expires_in.as_secs()).unwrap());
        let family = &mut self.families[index];
        if of_refresh && manner.refresh_ends_access {
            let open = family.tokens.iter_mut().filter(|t| t.kind == TokenKind::Access && t.death.is_none());
            open.for_each(|token| token.death = Some((Death::Replaced, born)));
        }
        let expires = life.map(|life| born + life);
        let token = |text: &String, kind, expires| Token {
            text: text.clone(),
            kind,
            answer,
            of_code,
            born,
            expires,
            death: None,
        };
        family.tokens.push(token(&access, TokenKind::Access, expires));
        family.tokens.extend(refresh.as_ref().map(|text| token(text, TokenKind::Refresh, None)));
        let told = match (&refresh, used, manner.new_refresh) {
            (Some(refresh), ..) => Some(refresh.clone()),
            (None, Some(used), NewRefresh::Same) => Some(used.to_owned()),
            (None, ..) => None,
        };
        Grant {
            access_token: Secret::new(access),
            refresh_token: told.map(Secret::new),
            expires_in: manner.tells_expiry.then_some(manner.expires_in),
            refresh_expires_in: None,
            beside: manner.gives_beside,
            answer: ShownAnswer("200".into()),
        }
    }

    /// On the page that plays a simulated partner, to know the attempt's id is to consent.
    fn by_code(&mut self, code: &str) -> Option<usize> {
        let found = self.families.iter().position(|family| family.code == code);
        if found.is_none() && uuid::Uuid::try_parse(code).is_ok() {
            self.families.push(Family { code: code.to_owned(), ..Family::default() });
            return Some(self.families.len() - 1);
        }
        found
    }

    pub(super) fn redeem(&mut self, code: &str, manner: Manner) -> Option<Grant> {
        let index = self.by_code(code)?;
        let now = self.now;
        let family = &mut self.families[index];
        family.code_uses += 1;
        let used = family.code_uses > 1;
        if used && manner.code == Code::EndsTheFamily {
            family.end(Death::Reused, now);
        }
        let ended = family.death.is_some_and(|(_, at)| at <= now);
        if ended || (used && manner.code != Code::GivesAgain) {
            return None;
        }
        Some(self.grant(index, manner, false, None))
    }

    pub(super) fn refresh(&mut self, text: &str, manner: Manner) -> Option<Grant> {
        let (index, token) = self.find(text)?;
        let now = self.now;
        if let Some(death) = self.death_of(text) {
            if death == Death::Replaced && manner.old_refresh == OldRefresh::EndsTheFamily {
                self.families[index].end(Death::Reused, now);
            }
            return None;
        }
        let used = &mut self.families[index].tokens[token];
        if manner.new_refresh == NewRefresh::New && manner.old_refresh != OldRefresh::Lives {
            used.death.get_or_insert((Death::Replaced, now));
        }
        self.refreshes += 1;
        Some(self.grant(index, manner, true, Some(text)))
    }

    pub(super) fn revoke(&mut self, text: &str, manner: Manner) {
        let Some((index, token)) = self.find(text) else { return };
        let now = self.now;
        let (whole, delay) = match manner.revocation {
            Revocation::Token | Revocation::Pair | Revocation::PairLater(_) => (false, 0),
            Revocation::Family => (true, 0),
            Revocation::Later(seconds) => (false, seconds),
            Revocation::FamilyLater(seconds) => (true, seconds),
        };
        let family = &mut self.families[index];
        let kind = family.tokens[token].kind;
        // An access token takes only itself with it, where each token is revoked by itself (RFC
        // 7009, section 2.1).
        let whole = whole
            && (kind == TokenKind::Refresh || manner.revokes == gangway_engine::Revokes::LiveAccessToken);
        // What a forgetful partner has put something in the place of, it knows no more.
        let forgotten = manner.old_refresh == OldRefresh::Dies
            && family.tokens[token].death.is_some_and(|(death, _)| death == Death::Replaced);
        if whole && !forgotten {
            family.end(Death::Revoked, now + delay);
        }
        let answer = family.tokens[token].answer;
        for other in &mut family.tokens {
            let with_it = match manner.revocation {
                Revocation::Pair => Some(0),
                Revocation::PairLater(seconds) => Some(seconds),
                Revocation::Token
                | Revocation::Family
                | Revocation::Later(_)
                | Revocation::FamilyLater(_) => None,
            };
            let is_mate = kind == TokenKind::Refresh && other.answer == answer;
            let dies = if other.text == text { Some(delay) } else { with_it.filter(|_| is_mate) };
            if let Some(at) =
                dies.map(|delay| now + delay).filter(|at| other.death.is_none_or(|(_, d)| d > *at))
            {
                other.death = Some((Death::Revoked, at));
            }
        }
    }

    /// Whether it calls a token good; nothing if it says nothing.
    pub(super) fn introspect(&mut self, text: &str, manner: Manner) -> Option<bool> {
        if self.lies_until == i64::MAX {
            return Some(false);
        }
        let found = self.find(text);
        let lives = self.opens(text);
        let (born, of_code) = found.map_or((self.now, false), |(f, t)| {
            (self.families[f].tokens[t].born, self.families[f].tokens[t].of_code)
        });
        Some(match manner.introspection {
            Introspection::Absent | Introspection::Nonsense => return None,
            Introspection::All => lives,
            Introspection::OfCodes => lives && of_code,
            Introspection::Nobody => false,
            Introspection::Lags(seconds) => {
                let then = self.now - seconds;
                found.is_some_and(|(f, t)| {
                    let token = &self.families[f].tokens[t];
                    born <= then && self.families[f].death_of(token, then).is_none()
                })
            }
            Introspection::Lies(times) => {
                self.introspections += 1;
                if self.introspections == times {
                    self.lies_until = self.now + 3;
                }
                lives && self.now >= self.lies_until
            }
        })
    }
}
