// Checks a log on disk with golang.org/x/mod/sumdb/{note,tlog} alone: a third implementation, by people who never saw
// this project. Usage: tlog <directory> <vkey> [size root-base64 of an earlier checkpoint …]
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles of 2^8 hashes (C2SP tlog-tiles).
const height = 8

type tiles struct{ directory string }

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, 0, len(wanted))
	for _, tile := range wanted {
		bytes, err := os.ReadFile(t.path(tile))
		if err != nil && tile.W < 1<<height {
			full := tile
			full.W = 1 << height
			bytes, err = os.ReadFile(t.path(full))
		}
		if err != nil {
			return nil, err
		}
		if len(bytes) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s is cut off", tile.Path())
		}
		found = append(found, bytes[:tile.W*tlog.HashSize])
	}
	return found, nil
}

// The same names as in tlog-tiles, which leaves out the height.
func (t tiles) path(tile tlog.Tile) string {
	return filepath.Join(t.directory, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	directory, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return fmt.Errorf("checkpoint of another log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	var tree tlog.Tree
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	tree = tlog.Tree{N: size, Hash: root}
	reader := tlog.TileHashReader(tree, tiles{directory})
	if err := checkEntries(directory, tree, reader); err != nil {
		return err
	}
	for i := 3; i+1 < len(os.Args); i += 2 {
		if err := checkEarlier(tree, reader, os.Args[i], os.Args[i+1]); err != nil {
			return err
		}
	}
	fmt.Printf("%d leaves, root %s\n", size, root)
	return nil
}

// Every entry hashes to what the authenticated tiles say of it.
func checkEntries(directory string, tree tlog.Tree, reader tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 256 {
		width := min(256, tree.N-first)
		entries, err := readEntries(directory, first/256, width)
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != hashes[i] {
				return fmt.Errorf("entry %d is not the one in the tree", first+int64(i))
			}
		}
	}
	return nil
}

func readEntries(directory string, index, width int64) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index, W: int(width)}
	path := strings.Replace(strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1), "tile/8/", "tile/", 1)
	bytes, err := os.ReadFile(filepath.Join(directory, path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(bytes) >= 2 {
		end := 2 + int(binary.BigEndian.Uint16(bytes))
		if end > len(bytes) {
			return nil, fmt.Errorf("bundle %d is cut off", index)
		}
		entries = append(entries, bytes[2:end])
		bytes = bytes[end:]
	}
	if int64(len(entries)) != width || len(bytes) != 0 {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", index, len(entries), width)
	}
	return entries, nil
}

func checkEarlier(tree tlog.Tree, reader tlog.HashReader, size, root string) error {
	earlier, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return err
	}
	bytes, err := base64.StdEncoding.DecodeString(root)
	if err != nil || len(bytes) != tlog.HashSize {
		return fmt.Errorf("root of size %s cannot be read", size)
	}
	proof, err := tlog.ProveTree(tree.N, earlier, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, earlier, tlog.Hash(bytes))
}
