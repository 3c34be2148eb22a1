//! What is decided without knowing every key stays decided when the rest becomes known.

use tighten_iam::Ruling;

use crate::random::Random;

#[test]
fn a_decision_on_part_of_the_keys_is_the_decision_on_all() {
    let mut random = Random::new(20);
    let (mut decided, mut open) = (0, 0);
    for _ in 0..4_000 {
        let whole = random.case();
        let mut part = whole.clone();
        part.open = true;
        part.context.retain(|_, _| random.chance(50));
        // A key that is known to be missing stays so in neither: the open case knows nothing of it.
        let (known, partly) = (whole.decide().unwrap(), part.decide().unwrap());
        match (&partly, &known) {
            (Ruling::Depends { missing }, _) => {
                open += 1;
                assert!(!missing.is_empty());
            }
            (Ruling::Allowed { .. }, Ruling::Allowed { .. })
            | (Ruling::ExplicitDeny { .. }, Ruling::ExplicitDeny { .. })
            // Where nothing allows, a deny that only may hold is not waited for.
            | (Ruling::ImplicitDeny { .. }, Ruling::ImplicitDeny { .. } | Ruling::ExplicitDeny { .. }) => decided += 1,
            _ => panic!("{partly:?} became {known:?}: {part:#?}\n{whole:#?}"),
        }
    }
    assert!(decided > 1_000 && open > 500, "{decided} decided, {open} open");
}
