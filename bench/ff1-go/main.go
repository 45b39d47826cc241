// FF1 by github.com/capitalone/fpe, for the comparison in bench/masks.ts and the vectors of test/vectors/ff1.json.
//
//	ff1 bench SECONDS   masks 16-digit values on one core and prints values per second
//	ff1 vectors         reads "key radix tweak plaintext" lines (hex, decimal, hex or -, 0-9a-z), prints ciphertexts
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/capitalone/fpe/ff1"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(seconds float64) {
	runtime.GOMAXPROCS(1)
	key := make([]byte, 32)
	tweak := make([]byte, 8)
	cipher, err := ff1.NewCipher(10, 8, key, tweak)
	check(err)
	values := make([]string, 4096)
	for i := range values {
		values[i] = strconv.Itoa(4000000000000000 + i*7919)
	}
	start, done := time.Now(), 0
	for time.Since(start).Seconds() < seconds {
		for _, value := range values[:512] {
			_, err := cipher.Encrypt(value)
			check(err)
		}
		done += 512
	}
	fmt.Printf("%.0f\n", float64(done)/time.Since(start).Seconds())
}

func vectors() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var keyHex, tweakHex, plaintext string
		var radix int
		_, err := fmt.Sscan(lines.Text(), &keyHex, &radix, &tweakHex, &plaintext)
		check(err)
		if tweakHex == "-" {
			tweakHex = ""
		}
		key, err := hex.DecodeString(keyHex)
		check(err)
		tweak, err := hex.DecodeString(tweakHex)
		check(err)
		cipher, err := ff1.NewCipher(radix, len(tweak), key, tweak)
		check(err)
		ciphertext, err := cipher.Encrypt(plaintext)
		check(err)
		fmt.Println(ciphertext)
	}
	check(lines.Err())
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "bench" {
		seconds, err := strconv.ParseFloat(os.Args[2], 64)
		check(err)
		bench(seconds)
	} else {
		vectors()
	}
}
