//! P23: what was done to a ledger shows, and at which row first.

use super::*;
use proptest::{prelude::*, sample::Index};
use review_api::{AuditAction, AuditEntry, SubjectKind, Timestamp};
use serde_json::{Value, json};

type Ledger = Vec<(AuditEntry, Hash)>;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_323_045 + seconds).unwrap()
}

fn entry(seq: u64) -> AuditEntry {
    let number = i64::try_from(seq).unwrap();
    AuditEntry {
        seq,
        at: at(number),
        actor: format!("user{}", seq % 5),
        action: AuditAction::ChangeStaged,
        subject_kind: SubjectKind::Change,
        subject_id: format!("chg_{}", seq / 3),
        subject_title: "Ask first".to_owned(),
        agent_id: (!seq.is_multiple_of(4)).then(|| "agent_1".into()),
        detail: json!({ "version": seq, "reason": "clearer" }),
        prev_hash: String::new(),
        hash: String::new(),
    }
}

/// Chains entries after `last`.
fn chain(mut last: Hash, entries: impl IntoIterator<Item = AuditEntry>) -> Ledger {
    let link = |entry: AuditEntry| {
        last = next(&last, &entry);
        (entry, last)
    };
    entries.into_iter().map(link).collect()
}

fn ledger(rows: u64) -> Ledger {
    chain(Hash::GENESIS, (1..=rows).map(entry))
}

fn head(ledger: &Ledger) -> Link {
    ledger.last().map_or(Link::START, |(entry, hash)| Link {
        seq: entry.seq,
        hash: *hash,
    })
}

fn checkpoint(ledger: &Ledger) -> Checkpoint {
    Checkpoint::new(head(ledger), at(1_000_000))
}

fn verify(ledger: &Ledger, checkpoints: &[Checkpoint]) -> Result<Link, Bad> {
    let mut verifier = Verifier::new(checkpoints.iter().copied());
    for (entry, hash) in ledger {
        verifier.row(entry, hash)?;
    }
    verifier.finish()
}

#[track_caller]
fn check(ledger: &Ledger, checkpoints: &[Checkpoint], seq: u64, fault: Fault) {
    assert_eq!(verify(ledger, checkpoints), Err(Bad { seq, fault }));
}

#[test]
fn the_format_is_pinned() {
    // Both hashes were computed apart from this code, with Python's hashlib and struct.
    let first = AuditEntry {
        seq: 1,
        at: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
        actor: "ann".to_owned(),
        action: AuditAction::ChangeStaged,
        subject_kind: SubjectKind::Change,
        subject_id: "chg_1".to_owned(),
        subject_title: "Ask first — é".to_owned(),
        agent_id: Some("agent_1".into()),
        detail: json!({ "b": { "é": 0.5, "x": "\"\n" }, "a": [1, -2, null, true] }),
        prev_hash: String::new(),
        hash: String::new(),
    };
    let second = AuditEntry {
        seq: 2,
        actor: "system".to_owned(),
        action: AuditAction::ReportReceived,
        subject_kind: SubjectKind::Dream,
        subject_id: "drm_1".to_owned(),
        subject_title: String::new(),
        agent_id: None,
        detail: Value::Null,
        ..first.clone()
    };
    let hashes: Vec<_> = chain(Hash::GENESIS, [first, second])
        .into_iter()
        .map(|(_, hash)| hash.to_string())
        .collect();
    assert_eq!(
        hashes,
        [
            "529632f29463cb1dfa54aa36651aaff873615dc7eda972d3c81914485cd73bfd",
            "f7798648f7b550cad07c7797bc61fd1a428fb44b245d20c9b112486b4312fe7d",
        ]
    );
}

#[test]
fn no_agent_is_not_an_agent_without_a_name() {
    let mut one = entry(4);
    one.agent_id = None;
    let mut other = entry(4);
    other.agent_id = Some("".into());
    assert_ne!(next(&Hash::GENESIS, &one), next(&Hash::GENESIS, &other));
}

#[test]
fn keys_are_sorted_at_every_depth() {
    let value: Value = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":"é","B":{}}"#).unwrap();
    assert_eq!(
        canonical_json(&value),
        r#"{"B":{},"a":"é","b":[{"c":2,"d":1}]}"#
    );
}

#[test]
fn an_empty_ledger_is_sound_unless_someone_saw_more() {
    assert_eq!(verify(&Vec::new(), &[]), Ok(Link::START));
    let seen = checkpoint(&ledger(2));
    let fault = Fault::CutOff {
        until: 2,
        seen_at: seen.at,
    };
    check(&Vec::new(), &[seen], 1, fault);
}

#[test]
fn p23_ten_thousand_rows_each_kind_of_tampering_is_found_at_its_first_row() {
    let good = ledger(10_000);
    let early = Checkpoint::new(head(&good[..4_000].to_vec()), at(1));
    let late = checkpoint(&good);
    assert_eq!(verify(&good, &[late, early]), Ok(head(&good)));

    let mut edited = good.clone();
    edited[6_999].0.actor = "someone".to_owned();
    check(&edited, &[], 7_000, Fault::WrongHash);

    let mut deleted = good.clone();
    deleted.remove(6_999);
    check(&deleted, &[], 7_000, Fault::Missing { until: 7_000 });

    let mut swapped = good.clone();
    swapped.swap(6_999, 7_005);
    check(&swapped, &[], 7_000, Fault::Missing { until: 7_005 });

    let mut inserted = good.clone();
    inserted.insert(7_000, good[6_999].clone());
    check(&inserted, &[], 7_000, Fault::Repeated);

    // A cut tail and a ledger that was written anew from some row on are sound in themselves.
    let cut = good[..9_000].to_vec();
    assert_eq!(verify(&cut, &[early]), Ok(head(&cut)));
    let fault = Fault::CutOff {
        until: 10_000,
        seen_at: late.at,
    };
    check(&cut, &[early, late], 9_001, fault);

    let anew = |from: usize| {
        let mut rows = good[..from].to_vec();
        let last = head(&rows).hash;
        rows.extend(chain(
            last,
            good[from..].iter().map(|(entry, _)| AuditEntry {
                actor: "nobody".to_owned(),
                ..entry.clone()
            }),
        ));
        rows
    };
    assert!(verify(&anew(0), &[]).is_ok());
    let seen = |checkpoint: Checkpoint| Fault::NotAsSeen {
        seen_at: checkpoint.at,
    };
    check(&anew(0), &[late, early], 4_000, seen(early));
    check(&anew(5_000), &[late, early], 10_000, seen(late));
}

#[test]
fn two_writers_that_did_not_know_of_each_other_are_told_apart_from_an_edit() {
    let good = ledger(5);
    let fork = Fault::Fork { from: 4 };

    let mut rival = entry(5);
    rival.actor = "rival".to_owned();
    let mut same_number = good.clone();
    same_number.push((rival.clone(), next(&good[3].1, &rival)));
    check(&same_number, &[], 5, fork);

    let mut next_number = good.clone();
    rival.seq = 6;
    next_number.push((rival.clone(), next(&good[3].1, &rival)));
    check(&next_number, &[], 6, fork);
}

#[test]
fn a_row_behind_its_place_is_out_of_order() {
    let good = ledger(5);
    let mut moved = good.clone();
    moved.push(good[1].clone());
    check(&moved, &[], 2, Fault::OutOfOrder { after: 5 });
}

#[test]
fn what_this_release_cannot_read_is_not_called_sound() {
    let mut unknown = entry(1);
    unknown.action = AuditAction::Unknown;
    check(&chain(Hash::GENESIS, [unknown]), &[], 1, Fault::UnknownWord);

    let mut fine = ledger(1);
    fine[0].0.at = Timestamp::from_nanosecond(fine[0].0.at.as_nanosecond() + 1).unwrap();
    check(&fine, &[], 1, Fault::TooFine);
}

#[test]
fn the_first_bad_row_stays_the_answer() {
    let good = ledger(3);
    let mut verifier = Verifier::new([]);
    let bad = verifier.row(&good[1].0, &good[1].1).unwrap_err();
    assert_eq!(bad.fault, Fault::Missing { until: 1 });
    assert_eq!(verifier.row(&good[0].0, &good[0].1), Err(bad));
    assert_eq!(verifier.last(), Link::START);
    assert_eq!(verifier.finish(), Err(bad));
}

#[test]
fn verification_goes_on_where_it_stopped() {
    let good = ledger(6);
    let (done, rest) = good.split_at(4);
    let early = checkpoint(&done[..2].to_vec());
    let mut verifier = Verifier::after(head(&done.to_vec()), [early, checkpoint(&good)]);
    for (entry, hash) in rest {
        verifier.row(entry, hash).unwrap();
    }
    assert_eq!(verifier.finish(), Ok(head(&good)));

    let elsewhere = Link {
        seq: 4,
        hash: Hash([7; 32]),
    };
    let begun = Verifier::after(elsewhere, [checkpoint(&done.to_vec())]);
    assert_eq!(begun.finish().unwrap_err().seq, 4);
}

#[test]
fn a_bad_row_is_told_in_a_sentence() {
    let told = |seq, fault| Bad { seq, fault }.to_string();
    assert_eq!(told(3, Fault::Missing { until: 3 }), "Row 3 is missing.");
    assert_eq!(
        told(3, Fault::Missing { until: 5 }),
        "Rows 3 to 5 are missing."
    );
    let cut = Fault::CutOff {
        until: 9,
        seen_at: at(0),
    };
    assert_eq!(
        told(7, cut),
        "Row 7 is missing and so is all after it, though the checkpoint of 2026-01-02T03:04:05Z saw rows up to 9: \
         the tail was cut off."
    );
}

/// Signed apart from this code, with Python's `cryptography`; the key is the bytes 0 to 31.
const SIGNED: &str = "dream-review/checkpoint/v1 seq=2 at=2026-01-02T03:04:06Z \
    hash=f7798648f7b550cad07c7797bc61fd1a428fb44b245d20c9b112486b4312fe7d \
    key=03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8 \
    sig=c4f6c61736778aaef1e2f9b284040eb3e069bb13de4c50a09040fd62586013e6\
    f216d7651a0b951c002159a755d1af646442d9e161cbbc576eb289799112cb0f";

fn key() -> SigningKey {
    SigningKey::from_bytes(&std::array::from_fn(|place| u8::try_from(place).unwrap()))
}

#[test]
fn signatures_match_those_of_others() {
    let signed: SignedCheckpoint = SIGNED.parse().unwrap();
    let checkpoint = signed.verify(&[key().public_key()]).unwrap();
    assert_eq!(checkpoint.seq, 2);
    assert_eq!(checkpoint.sign(&key()).to_string(), SIGNED);
}

#[test]
fn keys_are_not_printed() {
    assert_eq!(format!("{:?}", key()), "SigningKey(…)");
}

#[test]
fn only_trusted_keys_sign() {
    let mine = SigningKey::from_bytes(&[9; 32]);
    let signed = checkpoint(&ledger(1)).sign(&mine);
    let trusted = [key().public_key()];
    assert_eq!(
        signed.verify(&trusted),
        Err(BadCheckpoint::UnknownKey(mine.public_key()))
    );
    assert!(signed.verify(&[trusted[0], mine.public_key()]).is_ok());
    // The neutral point is no key: everything would be signed with it.
    let mut weak = [0; 32];
    weak[0] = 1;
    let forged = SIGNED.replace(&trusted[0].to_string(), &PublicKey(weak).to_string());
    let forged: SignedCheckpoint = forged.parse().unwrap();
    assert_eq!(
        forged.verify(&[PublicKey(weak)]),
        Err(BadCheckpoint::Signature)
    );
}

#[test]
fn a_signed_line_with_another_character_anywhere_is_refused() {
    let trusted = [key().public_key()];
    for place in 0..SIGNED.len() {
        // Bit 0 turns most hex digits into others, so that the signature decides and not the reader.
        let mut line = SIGNED.as_bytes().to_vec();
        line[place] ^= 1;
        let line = String::from_utf8(line).unwrap();
        let verdict = line
            .parse()
            .and_then(|signed: SignedCheckpoint| signed.verify(&trusted));
        assert!(verdict.is_err(), "{line}");
    }
}

#[test]
fn a_checkpoint_has_one_line() {
    let line = checkpoint(&ledger(12)).to_string();
    assert_eq!(line.parse(), Ok(checkpoint(&ledger(12))));
    for other in [
        line.replace("seq=12", "seq=012"),
        line.replace("seq=12", "seq=+12"),
        line.replace("seq=", "seq= "),
        line.replace('Z', "+00:00"),
        line.replace("/v1", "/v2"),
        format!("{line} "),
        format!("{line}\n"),
        line.to_uppercase(),
        String::new(),
    ] {
        assert_eq!(
            other.parse::<Checkpoint>(),
            Err(BadCheckpoint::Malformed),
            "{other}"
        );
    }
}

#[test]
fn hashes_are_read_strictly() {
    let hash = head(&ledger(1)).hash;
    assert_eq!(hash.to_string().parse(), Ok(hash));
    let text = hash.to_string();
    for other in [
        "",
        &text[1..],
        &text.to_uppercase(),
        &text.replace(&text[..1], "g"),
    ] {
        assert_eq!(other.parse::<Hash>(), Err(BadHash));
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Three decimals: what any reader reads as it was written.
        (-1_000_000..1_000_000).prop_map(|number| Value::from(f64::from(number) / 1_000.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn any_entry()(
        micros in 0..4_000_000_000_000_000_i64,
        actor in any::<String>(),
        action in prop::sample::select(vec![AuditAction::ChangeStaged, AuditAction::ChangeApproved]),
        kind in prop::sample::select(vec![SubjectKind::Change, SubjectKind::Agent]),
        id in any::<String>(),
        title in any::<String>(),
        agent in prop::option::of(any::<String>()),
        detail in any_value(),
    ) -> AuditEntry {
        AuditEntry {
            seq: 0,
            at: Timestamp::from_microsecond(micros).unwrap(),
            actor,
            action,
            subject_kind: kind,
            subject_id: id,
            subject_title: title,
            agent_id: agent.map(Into::into),
            detail,
            prev_hash: String::new(),
            hash: String::new(),
        }
    }
}

fn any_ledger() -> impl Strategy<Value = Ledger> {
    prop::collection::vec(any_entry(), 2..20).prop_map(|entries| {
        let numbered = (1..)
            .zip(entries)
            .map(|(seq, entry)| AuditEntry { seq, ..entry });
        chain(Hash::GENESIS, numbered)
    })
}

/// Puts the numbers in order again, as someone would who hides what was done.
fn renumbered(ledger: Ledger) -> Ledger {
    let number = |(seq, (entry, hash))| (AuditEntry { seq, ..entry }, hash);
    (1..).zip(ledger).map(number).collect()
}

proptest! {
    #[test]
    fn p23_any_edit_of_any_field_is_found_at_its_row(
        mut ledger in any_ledger(), at in any::<Index>(), field in 0..9, other in any_entry(),
    ) {
        let at = at.index(ledger.len());
        let seq = ledger[at].0.seq;
        let good = ledger[at].clone();
        let (entry, hash) = &mut ledger[at];
        match field {
            0 => entry.at = other.at,
            1 => entry.actor = other.actor,
            2 => entry.action = other.action,
            3 => entry.subject_kind = other.subject_kind,
            4 => entry.subject_id = other.subject_id,
            5 => entry.subject_title = other.subject_title,
            6 => entry.agent_id = other.agent_id,
            7 => entry.detail = other.detail,
            _ => hash.0[at % 32] ^= 1,
        }
        prop_assume!(ledger[at] != good);
        prop_assert_eq!(verify(&ledger, &[]), Err(Bad { seq, fault: Fault::WrongHash }));
    }

    #[test]
    fn p23_an_edit_with_its_own_hash_mended_is_found_at_the_next_row(
        mut ledger in any_ledger(), at in any::<Index>(), new in any_entry(),
    ) {
        let at = at.index(ledger.len() - 1);
        let seq = ledger[at].0.seq;
        let before = at.checked_sub(1).map_or(Hash::GENESIS, |before| ledger[before].1);
        let edited = AuditEntry { seq, ..new };
        prop_assume!(edited != ledger[at].0);
        ledger[at] = (edited.clone(), next(&before, &edited));
        let bad = Bad { seq: seq + 1, fault: Fault::WrongHash };
        prop_assert_eq!(verify(&ledger, &[]), Err(bad));
    }

    #[test]
    fn p23_rows_removed_swapped_or_put_in_are_found_with_numbers_mended(
        ledger in any_ledger(), one in any::<Index>(), other in any::<Index>(), new in any_entry(),
    ) {
        let (one, other) = (one.index(ledger.len()), other.index(ledger.len()));
        let seq = |place: usize| u64::try_from(place).unwrap() + 1;

        let mut inserted = ledger.clone();
        inserted.insert(one, (new, ledger[one].1));
        prop_assert_eq!(verify(&renumbered(inserted), &[]).unwrap_err().seq, seq(one));

        let mut removed = ledger.clone();
        removed.remove(one);
        // Without its last row a ledger is sound in itself: only a checkpoint tells.
        let removed = renumbered(removed);
        let bad = verify(&removed, &[checkpoint(&ledger)]).unwrap_err();
        prop_assert_eq!(bad.seq, seq(one));
        prop_assert_eq!(verify(&removed, &[]).is_ok(), one == removed.len());

        if ledger[one].0 != (AuditEntry { seq: seq(one), ..ledger[other].0.clone() }) {
            let mut swapped = ledger.clone();
            swapped.swap(one, other);
            let first = seq(one.min(other));
            prop_assert_eq!(verify(&renumbered(swapped), &[]).unwrap_err().seq, first);
        }
    }

    #[test]
    fn p23_a_cut_tail_or_a_rewrite_is_found_by_a_checkpoint_outside(
        ledger in any_ledger(), from in any::<Index>(), new in any_entry(),
    ) {
        let seen = checkpoint(&ledger);
        let from = from.index(ledger.len());
        let mut rows = ledger[..from].to_vec();
        let cut = verify(&rows, &[seen]).unwrap_err();
        prop_assert_eq!(cut.seq, u64::try_from(from).unwrap() + 1);
        prop_assert!(matches!(cut.fault, Fault::CutOff { .. }), "{:?}", cut);

        let last = head(&rows).hash;
        rows.extend(chain(last, ledger[from..].iter().map(|(entry, _)| AuditEntry {
            seq: entry.seq,
            ..new.clone()
        })));
        prop_assume!(rows != ledger);
        prop_assert!(verify(&rows, &[]).is_ok());
        let bad = verify(&rows, &[seen]).unwrap_err();
        prop_assert_eq!(bad, Bad { seq: seen.seq, fault: Fault::NotAsSeen { seen_at: seen.at } });
    }

    #[test]
    fn a_row_that_was_stored_and_read_has_its_hash(entry in any_entry()) {
        let text = serde_json::to_string(&entry).unwrap();
        let read: AuditEntry = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(next(&Hash::GENESIS, &read), next(&Hash::GENESIS, &entry));
    }

    #[test]
    fn reading_a_line_never_fails_hard(line in any::<String>(), cut in any::<Index>()) {
        let _any_verdict = line.parse::<SignedCheckpoint>();
        let mut cut = cut.index(SIGNED.len());
        while !SIGNED.is_char_boundary(cut) {
            cut -= 1;
        }
        prop_assert!(SIGNED[..cut].parse::<SignedCheckpoint>().is_err());
    }
}
