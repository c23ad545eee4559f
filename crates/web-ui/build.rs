//! Embeds `page/` and `vendor/`: one digest over all of them is part of every path, so that a browser may keep a file for
//! ever; each is compressed once, here.

use anyhow::{Context as _, bail};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files whose path has to stay the same: a browser asks for them by name.
const AT_THE_ROOT: &[&str] = &["index.html", "sw.js", "manifest.webmanifest"];

/// What the packages call each other by, and where that stands.
const NAMES: &[(&str, &str)] = &[
    ("\"preact/hooks\"", "\"./preact-hooks.mjs\""),
    ("\"preact\"", "\"./preact.mjs\""),
    ("\"@preact/signals-core\"", "\"./signals-core.mjs\""),
];

struct File {
    name: String,
    bytes: Vec<u8>,
}

#[expect(clippy::disallowed_methods, reason = "cargo says so where the files go; no setting of a program")]
fn main() -> anyhow::Result<()> {
    let mut files = Vec::new();
    for folder in ["page", "vendor"] {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), &mut files)?;
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let mut digest = Sha256::new();
    for file in &files {
        digest.update(file.name.as_bytes());
        digest.update(&file.bytes);
    }
    let below = format!("/assets/{}", short(digest));
    let kept: Vec<String> = files
        .iter()
        .filter(|file| !AT_THE_ROOT.contains(&file.name.as_str()))
        .map(|file| format!("{below}/{}", file.name))
        .collect();

    // Modules name each other: asked for one after the other, the last would come late.
    let first = first_modules(&files)?;
    let modules: Vec<String> =
        first.iter().map(|name| format!("<link rel=\"modulepreload\" href=\"{below}/{name}\">")).collect();

    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo sets OUT_DIR")?);
    let mut table = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        let at_the_root = AT_THE_ROOT.contains(&file.name.as_str());
        let path = match file.name.as_str() {
            "index.html" => "/".to_owned(),
            name if at_the_root => format!("/{name}"),
            name => format!("{below}/{name}"),
        };
        let bytes = match at_the_root {
            true => filled(&file.bytes, &below, &kept, &modules)?,
            false => file.bytes.clone(),
        };
        let etag = short(Sha256::new_with_prefix(&bytes));
        fs::write(out.join(format!("{number}.plain")), &bytes)?;
        fs::write(out.join(format!("{number}.gzip")), gzip(&bytes)?)?;
        writeln!(
            table,
            "File {{ path: {path:?}, content_type: {:?}, etag: {etag:?}, immutable: {}, first: {}, \
             plain: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{number}.plain\")), \
             gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{number}.gzip\")) }},",
            content_type(&file.name)?,
            !at_the_root,
            first.contains(&file.name) || is_always(&file.name),
        )?;
    }
    table.push(']');
    fs::write(out.join("files.rs"), table)?;
    Ok(())
}

/// Every file that a browser is to see, with its path below the folder it stands in; of `vendor/`, with that name before it.
fn collect(folder: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("licences") {
                collect(&path, files)?;
            }
            continue;
        }
        if path.extension().is_some_and(|extension| extension == "toml") {
            continue;
        }
        let name = path.strip_prefix("page").unwrap_or(&path).to_str().context("a name that is no UTF-8")?;
        let mut bytes = fs::read(&path)?;
        if name.starts_with("vendor/") && name.ends_with(".mjs") {
            let mut text = String::from_utf8(bytes).with_context(|| format!("{name} is no UTF-8"))?;
            for (from, to) in NAMES {
                text = text.replace(from, to);
            }
            bytes = text.into_bytes();
        }
        files.push(File { name: name.to_owned(), bytes });
    }
    Ok(())
}

/// What the page itself names.
fn is_always(name: &str) -> bool {
    name.starts_with("styles/") || name == "index.html" || name == "icon.svg"
}

/// `main.js` and every module that is imported by one of these; what is imported in the midst of a function comes later.
fn first_modules(files: &[File]) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = vec!["main.js".to_owned()];
    while let Some(name) = open.pop() {
        let file =
            files.iter().find(|file| file.name == name).with_context(|| format!("{name} is imported"))?;
        let source = std::str::from_utf8(&file.bytes)?;
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let quoted = source.split("from").skip(1).filter_map(|rest| rest.trim_start().strip_prefix("\"."));
        let paths = quoted.filter_map(|rest| Some(format!("{folder}/.{}", rest.split_once('"')?.0)));
        open.extend(paths.map(|path| plain(&path)).filter(|path| !found.contains(path)));
        found.insert(name);
    }
    Ok(found)
}

/// A path without `.` and `..`.
fn plain(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Puts in where the files stand, which there are, and what to load at once.
fn filled(bytes: &[u8], below: &str, kept: &[String], modules: &[String]) -> anyhow::Result<Vec<u8>> {
    let text = std::str::from_utf8(bytes)?;
    let list: Vec<String> = kept.iter().map(|path| format!("{path:?}")).collect();
    let filled = text.replace("{{assets}}", below).replace("\"{{files}}\"", &list.join(","));
    Ok(filled.replace("<!-- modules -->", &modules.join("\n  ")).into_bytes())
}

fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Sixteen hexadecimal digits.
fn short(digest: Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(name: &str) -> anyhow::Result<&'static str> {
    Ok(match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => bail!("{name}: of what type is it?"),
    })
}
