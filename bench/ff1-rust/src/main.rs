//! FF1 by the `fpe` crate, for the comparison in bench/masks.ts and the vectors of test/vectors/ff1.json.
//!
//!     ff1-bench bench SECONDS   masks 16-digit values on one core and prints values per second
//!     ff1-bench vectors         reads "key radix tweak plaintext" lines (hex, decimal, hex or -, 0-9a-z)

use aes::{Aes128, Aes192, Aes256};
use fpe::ff1::{FlexibleNumeralString, FF1};
use std::io::BufRead;
use std::time::Instant;

fn bench(seconds: f64) {
    let ff1 = FF1::<Aes256>::new(&[0; 32], 10).unwrap();
    let values: Vec<Vec<u16>> = (0..512u64)
        .map(|i| numerals(&(4_000_000_000_000_000u64 + i * 7919).to_string()))
        .collect();
    let start = Instant::now();
    let mut done = 0u64;
    while start.elapsed().as_secs_f64() < seconds {
        for value in &values {
            let masked = ff1.encrypt(&[0; 8], &FlexibleNumeralString::from(value.clone())).unwrap();
            std::hint::black_box(masked);
        }
        done += 512;
    }
    println!("{:.0}", done as f64 / start.elapsed().as_secs_f64());
}

fn encrypt(key: &[u8], radix: u32, tweak: &[u8], value: &FlexibleNumeralString) -> FlexibleNumeralString {
    match key.len() {
        16 => FF1::<Aes128>::new(key, radix).unwrap().encrypt(tweak, value).unwrap(),
        24 => FF1::<Aes192>::new(key, radix).unwrap().encrypt(tweak, value).unwrap(),
        _ => FF1::<Aes256>::new(key, radix).unwrap().encrypt(tweak, value).unwrap(),
    }
}

fn vectors() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let fields: Vec<&str> = line.split(' ').collect();
        let tweak = if fields[2] == "-" { Vec::new() } else { bytes(fields[2]) };
        let value = FlexibleNumeralString::from(numerals(fields[3]));
        let masked = encrypt(&bytes(fields[0]), fields[1].parse().unwrap(), &tweak, &value);
        let text: String = Vec::<u16>::from(masked)
            .iter()
            .map(|&digit| char::from_digit(digit.into(), 36).unwrap())
            .collect();
        println!("{text}");
    }
}

fn numerals(text: &str) -> Vec<u16> {
    text.chars().map(|c| c.to_digit(36).unwrap() as u16).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("bench") => bench(arguments[2].parse().unwrap()),
        _ => vectors(),
    }
}
