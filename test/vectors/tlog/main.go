// Prints test/vectors/tlog.json: trees, proofs, tiles, notes and cosignatures as golang.org/x/mod/sumdb and
// github.com/transparency-dev/formats make them. `go run . > ../tlog.json`
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, h[i])
	}
	return out, nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func hexes[T ~[]tlog.Hash](list T) []string {
	out := []string{}
	for _, h := range list {
		out = append(out, hex.EncodeToString(h[:]))
	}
	return out
}

func entry(i int64) []byte { return []byte(fmt.Sprintf(`{"index":%d}`, i)) }

func main() {
	const leaves = 70_000
	var store hashes
	roots := map[int64]string{}
	wanted := []int64{0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 65535, 65536, 65537, 70000}
	for i := int64(0); ; i++ {
		for _, size := range wanted {
			if size == i {
				root, err := tlog.TreeHash(size, store)
				must(err)
				roots[size] = hex.EncodeToString(root[:])
			}
		}
		if i == leaves {
			break
		}
		more, err := tlog.StoredHashes(i, entry(i), store)
		must(err)
		store = append(store, more...)
	}
	type proof struct {
		Index  int64    `json:"index"`
		Size   int64    `json:"size"`
		Hashes []string `json:"hashes"`
	}
	var inclusion, consistency []proof
	for _, size := range wanted[1:] {
		for _, index := range []int64{0, 1, 2, 100, 254, 255, 256, 511, 65535, 65536, 69999} {
			if index < size {
				p, err := tlog.ProveRecord(size, index, store)
				must(err)
				inclusion = append(inclusion, proof{index, size, hexes(p)})
			}
		}
		for _, old := range wanted[1:] {
			if old <= size {
				p, err := tlog.ProveTree(size, old, store)
				must(err)
				consistency = append(consistency, proof{old, size, hexes(p)})
			}
		}
	}
	type tile struct {
		Path   string `json:"path"`
		Sha256 string `json:"hash"`
	}
	var tiles []tile
	for _, t := range tlog.NewTiles(8, 0, leaves) {
		if t.L == 0 && t.N != 0 && t.N != 7 && t.N < 272 {
			continue
		}
		data, err := tlog.ReadTileData(t, store)
		must(err)
		leaf := tlog.RecordHash(data)
		tiles = append(tiles, tile{strings.Replace(t.Path(), "tile/8/", "tile/", 1), hex.EncodeToString(leaf[:])})
	}

	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	key := ed25519.NewKeyFromSeed(seed)
	public := key.Public().(ed25519.PublicKey)
	name := "privet.example/plane"
	vkey, err := note.NewEd25519VerifierKey(name, public)
	must(err)
	skey := func(n string, hash string) string {
		return fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", n, hash, base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)))
	}
	signer, err := note.NewSigner(skey(name, strings.Split(vkey, "+")[1]))
	must(err)
	root, err := hex.DecodeString(roots[70000])
	must(err)
	text := fmt.Sprintf("%s\n%d\n%s\n", name, leaves, base64.StdEncoding.EncodeToString(root))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	must(err)

	witnessName := "witness.example/w1"
	witnessKey, err := note.NewEd25519VerifierKey(witnessName, public)
	must(err)
	witness, err := fnote.NewSignerForCosignatureV1(skey(witnessName, strings.Split(witnessKey, "+")[1]))
	must(err)
	cosigned, err := note.Sign(&note.Note{Text: text}, signer, witness)
	must(err)
	verifier := witness.Verifier()
	opened, err := note.Open(cosigned, note.VerifierList(verifier))
	must(err)
	timestamp, err := fnote.CoSigV1Timestamp(opened.Sigs[0])
	must(err)

	out := map[string]any{
		"source":      "golang.org/x/mod v0.36.0 (sumdb/tlog, sumdb/note) and github.com/transparency-dev/formats v0.1.1, see test/vectors/tlog",
		"entry":       `{"index":<i>}`,
		"roots":       roots,
		"inclusion":   inclusion,
		"consistency": consistency,
		"tiles":       tiles,
		"note": map[string]any{
			"seed": hex.EncodeToString(seed), "publicKey": hex.EncodeToString(public), "name": name, "vkey": vkey,
			"text": text, "signed": string(signed),
			"witnessName": witnessName, "witnessKeyHash": fmt.Sprintf("%08x", verifier.KeyHash()),
			"cosigned": string(cosigned), "timeSeconds": timestamp.Unix(),
		},
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	must(encoder.Encode(out))
}
