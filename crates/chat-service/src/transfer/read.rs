//! Reading a file, one session at a time: no more than one is held.

mod documents;
mod lines;

use super::talk::Talk;
use domain::ImportForm;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The most bytes that one session takes in a file.
const LARGEST: u64 = 64 * 1024 * 1024;
/// What a file begins with says what it is.
const BEGINNING: u64 = 64 * 1024;

/// Whose form a file has, and that it is whole. What is wrong with single lines or sessions is found later.
pub(super) fn check(path: &Path) -> Result<ImportForm, String> {
    let mut file = open(path)?;
    let first = first_letter(&mut file)?;
    if first == b'{' && lines::is_head(&mut file)? {
        return Ok(ImportForm::DaenaJsonl);
    }
    match first {
        b'{' | b'[' => documents::check(open(path)?),
        _ => Err("it is neither JSON nor JSON lines".to_owned()),
    }
}

/// Hands over the sessions of a file, until there are no more or nobody takes them.
pub(super) fn each(path: &Path, form: ImportForm, take: &mut dyn FnMut(Talk) -> bool) -> Result<(), String> {
    let file = open(path)?;
    match form {
        ImportForm::DaenaJsonl => lines::each(file, take),
        form => documents::each(file, form, take),
    }
}

fn open(path: &Path) -> Result<BufReader<File>, String> {
    File::open(path).map(BufReader::new).map_err(|error| format!("the file cannot be read: {error}"))
}

fn unreadable(error: &std::io::Error) -> String {
    format!("the file cannot be read: {error}")
}

/// The first letter that is no white space, left to be read; of a file that is marked as UTF-8 without the mark.
fn first_letter(file: &mut BufReader<File>) -> Result<u8, String> {
    skip_mark(file)?;
    loop {
        let buffer = file.fill_buf().map_err(|error| unreadable(&error))?;
        let Some(letter) = buffer.first().copied() else { return Err("it is empty".to_owned()) };
        if !letter.is_ascii_whitespace() {
            return Ok(letter);
        }
        file.consume(1);
    }
}

fn skip_mark(file: &mut BufReader<File>) -> Result<(), String> {
    if file.fill_buf().map_err(|error| unreadable(&error))?.starts_with(b"\xef\xbb\xbf") {
        file.consume(3);
    }
    Ok(())
}
