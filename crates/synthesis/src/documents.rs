//! Statements into documents that are not too long.

use tighten_iam::{ActionPattern, Actions, PolicyDocument, ResourceEntry, Resources, Statement, quota};

/// How many characters there are between two statements.
const COMMA: usize = 1;

/// Puts statements into as few documents of at most `limit` characters as first-fit finds, in order. The statements of a
/// service stay in one document if one document can hold them. A statement that no document can hold is split by
/// resources, then by actions, which changes nothing in what is given; what cannot be split any further stands alone.
pub(crate) fn pack(statements: Vec<(String, Statement)>, limit: usize) -> Vec<PolicyDocument> {
    let room = limit.saturating_sub(quota::size(&PolicyDocument::new([])));
    let mut documents: Vec<(usize, Vec<Statement>)> = Vec::new();
    for statements in by_service(statements, room) {
        let (sizes, statements): (Vec<usize>, Vec<Statement>) = statements.into_iter().unzip();
        // The last statement has no comma after it.
        let total: usize = sizes.iter().map(|size| size + COMMA).sum();
        if total <= room + COMMA {
            put(&mut documents, total, statements, room);
        } else {
            for (size, statement) in sizes.into_iter().zip(statements) {
                put(&mut documents, size + COMMA, vec![statement], room);
            }
        }
    }
    documents.into_iter().map(|(_, statements)| PolicyDocument::new(statements)).collect()
}

/// Puts statements, which take so many characters with their commas, into the first document that has room for them.
fn put(documents: &mut Vec<(usize, Vec<Statement>)>, size: usize, statements: Vec<Statement>, room: usize) {
    match documents.iter_mut().find(|(used, _)| used + size <= room + COMMA) {
        Some((used, own)) => {
            *used += size;
            own.extend(statements);
        }
        None => documents.push((size, statements)),
    }
}

/// The statements of each service with their sizes, each short enough to stand in a document.
fn by_service(statements: Vec<(String, Statement)>, room: usize) -> Vec<Vec<(usize, Statement)>> {
    let mut groups: Vec<(String, Vec<(usize, Statement)>)> = Vec::new();
    for (service, statement) in statements {
        let parts = split(statement, room);
        match groups.last_mut() {
            Some((own, group)) if *own == service => group.extend(parts),
            _ => groups.push((service, parts)),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn size(statement: &Statement) -> usize {
    statement.to_value().to_string().chars().count()
}

/// The statement in parts of at most `room` characters, numbered in their `Sid`s, with their sizes.
fn split(statement: Statement, room: usize) -> Vec<(usize, Statement)> {
    let whole = size(&statement);
    if whole <= room {
        return vec![(whole, statement)];
    }
    let room = room.saturating_sub("Part9999".len());
    let (mut open, mut parts) = (vec![statement], Vec::new());
    while let Some(statement) = open.pop() {
        match if size(&statement) > room { cut(&statement, room) } else { None } {
            Some((first, second)) => open.extend([second, first]),
            None => parts.push(statement),
        }
    }
    for (number, part) in (1_usize..).zip(&mut parts) {
        part.sid = part.sid.take().map(|sid| format!("{sid}Part{number}"));
    }
    parts.into_iter().map(|part| (size(&part), part)).collect()
}

/// Cuts the longer of the two lists, so that the first statement is as long as may be.
fn cut(statement: &Statement, room: usize) -> Option<(Statement, Statement)> {
    let (resources, actions) = (statement.resource.entries(), statement.action.patterns());
    let of_resources: Vec<usize> = resources.iter().map(|entry| text(entry.as_str())).collect();
    let of_actions: Vec<usize> = actions.iter().map(|action| text(action.as_str())).collect();
    let longer = of_resources.iter().sum::<usize>() >= of_actions.iter().sum::<usize>();
    let whole = size(statement);
    if resources.len() > 1 && (longer || actions.len() <= 1) {
        let (first, second) = resources.split_at_checked(run(&of_resources, whole, room))?;
        let with = |entries: &[ResourceEntry]| {
            let mut part = statement.clone();
            part.resource = Resources::Resource(entries.to_vec());
            part
        };
        Some((with(first), with(second)))
    } else if actions.len() > 1 {
        let (first, second) = actions.split_at_checked(run(&of_actions, whole, room))?;
        let with = |actions: &[ActionPattern]| {
            let mut part = statement.clone();
            part.action = Actions::Action(actions.to_vec());
            part
        };
        Some((with(first), with(second)))
    } else {
        None
    }
}

/// An item's length in a list, with quotes and comma.
fn text(item: &str) -> usize {
    item.chars().count() + 3
}

/// How many items the first statement takes: what fits beside the rest of the statement, or half where nothing would.
fn run(lengths: &[usize], whole: usize, room: usize) -> usize {
    let total: usize = lengths.iter().sum();
    let budget = room.saturating_sub(whole.saturating_sub(total));
    let mut used = 0;
    let fit = lengths
        .iter()
        .take_while(|length| {
            used += **length;
            used <= budget
        })
        .count();
    let count = if fit == 0 { lengths.len() / 2 } else { fit };
    count.clamp(1, lengths.len().saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(service: &str, actions: usize, resources: usize) -> (String, Statement) {
        let actions = (0..actions).map(|n| format!("{service}:DoSomething{n}").parse().unwrap());
        let resources =
            (0..resources).map(|n| format!("arn:aws:{service}:eu-west-1:111122223333:thing/{n:04}").parse().unwrap());
        (service.to_owned(), Statement::allow(actions, resources).with_sid(service))
    }

    fn sids(documents: &[PolicyDocument]) -> Vec<Vec<&str>> {
        documents
            .iter()
            .map(|document| document.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect())
            .collect()
    }

    #[test]
    fn what_fits_is_one_document() {
        let documents = pack(vec![statement("a", 1, 1), statement("b", 1, 1)], 6_144);
        assert_eq!(sids(&documents), [["a", "b"]]);
        assert!(pack(Vec::new(), 6_144).is_empty());
    }

    #[test]
    fn the_last_character_is_used() {
        let statements = vec![statement("a", 1, 3), statement("b", 1, 3)];
        let size = quota::size(&pack(statements.clone(), 6_144)[0]);
        assert_eq!(pack(statements.clone(), size).len(), 1);
        assert_eq!(pack(statements, size - 1).len(), 2);
    }

    #[test]
    fn a_service_stays_together_and_gaps_are_filled() {
        let limit = 1_000;
        let statements = vec![statement("a", 1, 12), statement("b", 1, 4), statement("b", 1, 4), statement("c", 1, 1)];
        let documents = pack(statements, limit);
        assert_eq!(sids(&documents), [vec!["a", "c"], vec!["b", "b"]]);
        assert!(documents.iter().all(|document| quota::size(document) <= limit));
    }

    #[test]
    fn a_statement_too_long_for_a_document_is_split_by_resources() {
        let (service, long) = statement("a", 2, 300);
        let documents = pack(vec![(service, long.clone())], 6_144);
        assert!(documents.iter().all(|document| quota::size(document) <= 6_144));
        assert_eq!(documents.len(), 3, "{:?}", sids(&documents));
        let mut entries: Vec<ResourceEntry> = Vec::new();
        for part in documents.iter().flat_map(|document| &document.statements) {
            assert_eq!(part.action, long.action);
            entries.extend_from_slice(part.resource.entries());
        }
        entries.sort();
        assert_eq!(entries, long.resource.entries());
    }

    #[test]
    fn many_actions_are_split_too() {
        let documents = pack(vec![statement("a", 500, 1)], 6_144);
        assert!(documents.iter().all(|document| quota::size(document) <= 6_144));
        let actions: usize = documents
            .iter()
            .flat_map(|document| &document.statements)
            .map(|statement| statement.action.patterns().len())
            .sum();
        assert_eq!(actions, 500);
    }
}
