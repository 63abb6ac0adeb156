//! Finds the names that someone may have meant.

/// Returns the known names that differ least from `name`.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Vec<&'a str> {
    let distances: Vec<usize> = known.iter().map(|known| distance(name, known)).collect();
    let least = distances.iter().min().copied().unwrap_or_default();
    known
        .iter()
        .zip(distances)
        .filter(|(_, distance)| *distance == least)
        .map(|(known, _)| *known)
        .collect()
}

/// Counts the letters to insert, drop or replace that make one text of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut left = line + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for ((corner, above), there) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let replaced = corner + usize::from(letter != *there);
            left = replaced.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_found() {
        let known = ["listen", "log", "data"];
        assert_eq!(nearest("lisen", &known), ["listen"]);
        assert_eq!(nearest("date", &known), ["data"]);
        assert_eq!(nearest("zzz", &known), ["log"]);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
