//! Random cases from small pools. The same seed gives the same cases.

use serde_json::{Map, Value, json};

use crate::case::{Case, document};
use crate::pools::{
    ACCOUNT, ACTIONS, CONDITIONS, CONTEXT, MANY, OTHER, REQUESTS, RESOURCES, ROLE, SESSION, SETS, SHORT, TEXT, USER,
};

/// A generator of cases.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
    made: usize,
}

/// What differs between the kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Identity,
    ServiceControl,
    ResourceControl,
    Resource,
}

/// What a case asks, for documents to be about it.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    action: &'a str,
    on: &'a str,
    role: bool,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, made: 0 }
    }

    /// The next case. All of its keys are given.
    pub(crate) fn case(&mut self) -> Case {
        self.made += 1;
        let (action, on) = self.pick(&REQUESTS);
        let on = self.pick(on);
        let role = self.chance(60);
        let mut context = self.context(action, on);
        let mut case = Case {
            name: format!("random {}", self.made),
            principal: if role { ROLE } else { USER }.to_owned(),
            action: action.to_owned(),
            on: on.to_owned(),
            ..Case::default()
        };
        if !role {
            context.insert("aws:username".to_owned(), json!("alice"));
        } else if self.chance(50) {
            context.insert("aws:userid".to_owned(), json!("AROAEXAMPLEEXAMPLE000:run"));
        }
        context.insert("aws:PrincipalArn".to_owned(), json!(case.principal));
        context.insert("aws:PrincipalAccount".to_owned(), json!(ACCOUNT));
        case.context = context;
        let asked = Asked { action, on, role };
        case.identity = (0..=self.below(2)).map(|_| self.document(Kind::Identity, asked)).collect();
        if self.chance(20) {
            case.boundary = Some(self.document(Kind::Identity, asked));
        }
        if role && self.chance(20) {
            case.session = Some(vec![self.document(Kind::Identity, asked)]);
        }
        if self.chance(20) {
            case.service_control = (0..=self.below(2)).map(|_| self.level(Kind::ServiceControl, asked)).collect();
        }
        if self.chance(15) {
            case.resource_control = vec![self.level(Kind::ResourceControl, asked)];
        }
        if self.chance(45) {
            case.resource = Some(self.document(Kind::Resource, asked));
        }
        case
    }

    fn level(&mut self, kind: Kind, asked: Asked<'_>) -> Vec<Value> {
        let mut documents = vec![self.document(kind, asked)];
        if kind == Kind::ServiceControl && self.chance(70) {
            documents.push(document([json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]));
        }
        documents
    }

    fn document(&mut self, kind: Kind, asked: Asked<'_>) -> Value {
        let statements: Vec<Value> = (0..=self.below(3)).map(|_| self.statement(kind, asked)).collect();
        let mut document = document(statements);
        if kind != Kind::ResourceControl && self.chance(7) {
            document["Version"] = json!("2008-10-17");
        }
        document
    }

    fn statement(&mut self, kind: Kind, asked: Asked<'_>) -> Value {
        let deny = kind == Kind::ResourceControl || self.chance(25);
        let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
        match kind {
            Kind::ResourceControl => statement["Principal"] = json!("*"),
            Kind::Resource if deny && self.chance(25) => {
                let listed: &[&str] = if asked.role { &[ROLE, ACCOUNT, OTHER] } else { &[USER, ACCOUNT, OTHER] };
                statement["NotPrincipal"] = json!({ "AWS": self.some(listed, 2) });
            }
            Kind::Resource => statement["Principal"] = self.principal(),
            Kind::Identity | Kind::ServiceControl => {}
        }
        // A resource control policy has no `NotAction`, and no action of every service.
        let plain = kind == Kind::ResourceControl;
        let (service, _) = asked.action.split_once(':').unwrap_or_default();
        let whole = format!("{service}:*");
        let mut actions = if plain { ACTIONS.get(1..).unwrap_or_default() } else { ACTIONS }.to_vec();
        if self.chance(60) {
            actions = vec![asked.action, &whole];
        }
        let element = if !plain && self.chance(15) { "NotAction" } else { "Action" };
        statement[element] = self.some(&actions, 2);
        let mut resources = RESOURCES.to_vec();
        resources.extend(SHORT);
        let start = format!("{}*", asked.on.get(..asked.on.len().saturating_sub(2)).unwrap_or_default());
        if asked.on != "*" {
            // What is asked for stands among the rest as often as all of the rest together.
            resources.extend(std::iter::repeat_n([asked.on, start.as_str()], 8).flatten());
        }
        let resource = if self.chance(40) { json!("*") } else { self.some(&resources, 3) };
        statement[if self.chance(15) { "NotResource" } else { "Resource" }] = resource;
        if self.chance(45) {
            statement["Condition"] = self.conditions();
        }
        statement
    }

    fn principal(&mut self) -> Value {
        let names = [ROLE, USER, SESSION, ACCOUNT, "arn:aws:iam::111122223333:root", OTHER, "*"];
        match self.below(8) {
            0 => json!("*"),
            1 => json!({"Service": "lambda.amazonaws.com"}),
            _ => json!({ "AWS": self.some(&names, 2) }),
        }
    }

    fn conditions(&mut self) -> Value {
        let mut block = Map::new();
        for _ in 0..=self.below(2) {
            let (operator, key, values) = self.condition();
            let key = if self.chance(15) && !key.contains('/') { key.to_uppercase() } else { key };
            let line = block.entry(operator).or_insert_with(|| json!({}));
            line[key] = values;
        }
        Value::Object(block)
    }

    fn condition(&mut self) -> (String, String, Value) {
        if self.chance(10) {
            let (key, _) = self.pick(&CONTEXT);
            return ("Null".to_owned(), key.to_owned(), json!(self.pick(&["true", "false"])));
        }
        if self.chance(25) {
            let (key, values) = self.pick(&SETS);
            // Now and then none, which leaves it open what several values make of it.
            let set = if self.chance(8) { "" } else { self.pick(&["ForAllValues:", "ForAnyValue:"]) };
            let operator = self.operator(TEXT);
            return (format!("{set}{operator}"), key.to_owned(), self.some(values, 2));
        }
        let (key, operators, values) = self.pick(&CONDITIONS);
        (self.operator(operators), key.to_owned(), self.some(values, 2))
    }

    fn operator(&mut self, names: &str) -> String {
        let names: Vec<&str> = names.split(' ').collect();
        let suffix = if self.chance(20) { "IfExists" } else { "" };
        format!("{}{suffix}", self.pick(&names))
    }

    fn context(&mut self, action: &str, on: &str) -> Map<String, Value> {
        let mut context = Map::new();
        for (key, values) in CONTEXT {
            if !self.chance(55) || (key == "s3:prefix" && action != "s3:ListBucket") {
                continue;
            }
            let value = if MANY.contains(&key) {
                // At least one value: what an empty list is, a request cannot say.
                json!((0..=self.below(3)).map(|_| self.pick(values)).collect::<Vec<_>>())
            } else {
                json!(self.pick(values))
            };
            context.insert(key.to_owned(), value);
        }
        let owner = match on.split(':').nth(4) {
            Some(account) if !account.is_empty() => account,
            _ if on != "*" && self.chance(25) => OTHER,
            _ => ACCOUNT,
        };
        context.insert("aws:ResourceAccount".to_owned(), json!(owner));
        context
    }

    /// One to `most` different values: alone as text or as a list, several as a list.
    fn some(&mut self, from: &[&str], most: usize) -> Value {
        let mut rest = from.to_vec();
        let mut chosen = Vec::new();
        for _ in 0..=self.below(most) {
            if !rest.is_empty() {
                let at = self.below(rest.len());
                chosen.push(rest.swap_remove(at));
            }
        }
        match chosen.as_slice() {
            [only] if self.chance(70) => json!(only),
            _ => json!(chosen),
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64: small, and the same on every machine.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        usize::try_from(bits % bound as u64).unwrap_or(0)
    }
}
