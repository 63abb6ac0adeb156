//! The promises, by number.

/// Number and sentence of each.
pub(super) const PROMISES: [(u8, &str); 47] = [
    (1, "The platform's key never leaves the proxy process"),
    (
        2,
        "Only listed calls reach only the configured platform, and redirects are never followed",
    ),
    (3, "Headers cross in each direction only if listed"),
    (
        4,
        "Trusted-header login works only from named proxies, and ambiguity is refused",
    ),
    (5, "One request is read the same way by every hop"),
    (
        6,
        "No route without a rule; roles are enforced by the server",
    ),
    (7, "Sessions cannot be fixed, guessed or kept"),
    (
        8,
        "Login by OpenID Connect accepts only our fresh, matching token",
    ),
    (9, "No cross-site request changes anything"),
    (10, "An approval names exact bytes"),
    (
        11,
        "Any change after approval, or a moved base, makes approvals outdated, visibly",
    ),
    (
        12,
        "Nobody approves their own work, and an approval covers nothing else",
    ),
    (
        13,
        "Apply happens at most once and ends applied, refused or as one that needs a look",
    ),
    (14, "Racing or repeating an application is safe"),
    (
        15,
        "Rollback restores the old bytes as a new version, under the same rules",
    ),
    (16, "The whole workflow obeys its model"),
    (17, "What was acknowledged survives a kill of the process"),
    (18, "What was acknowledged survives a power cut"),
    (19, "Writers never see a spurious \"database is locked\""),
    (20, "One suite, two databases"),
    (21, "A sick disk degrades to read-only and heals"),
    (22, "PostgreSQL faults and upgrades lose nothing"),
    (23, "Edits of the audit show"),
    (24, "No audit row, no effect"),
    (
        25,
        "Only correctly signed, fresh deliveries get in; secrets rotate without loss",
    ),
    (
        26,
        "A delivery has one effect, however often and in whatever order it comes",
    ),
    (27, "Junk costs nothing"),
    (28, "Strict headers on the real build"),
    (29, "Text from a model is never markup"),
    (30, "Logs and terminals are safe too"),
    (31, "What is shown is what is applied"),
    (32, "Reading a report makes no request"),
    (33, "No text freezes the page"),
    (
        34,
        "No secret, no other person's text, no stale app is left behind in the browser",
    ),
    (35, "Eight tabs still work"),
    (36, "Live updates obey the same rights"),
    (
        37,
        "No event is missed or out of order, and slow readers harm nobody",
    ),
    (
        38,
        "Slow clients cannot hold the proxy, and a shutdown is clean",
    ),
    (39, "Every input has a limit"),
    (40, "Rate limits cannot be dodged or used to exhaust memory"),
    (41, "The stated load is held"),
    (42, "Trouble of the platform is contained"),
    (43, "Parsers survive garbage"),
    (44, "A half-written comment survives"),
    (
        45,
        "Offline feedback arrives once; decisions are never queued",
    ),
    (46, "Two reviewers racing never overwrite each other"),
    (47, "Usable without mouse, colour or sight"),
];
