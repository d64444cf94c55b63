// Package format2 reads and changes a store of format 2 as directly as the
// format allows, for the baseline programs. It is written from
// docs/store-format.md, shares no code with adapters/filestore, and checks no
// more than decryption does: no modes, no owners, no lock.
package format2

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	firstLine = "thv-secret-store 2 "
	nonceSize = 12
	// An entry begins with three lengths and two times.
	prefixSize = 3*4 + 2*8
)

// Store is an opened store; List is its decrypted payload.
type Store struct {
	List   []byte
	path   string
	header map[string]json.RawMessage
	aead   cipher.AEAD
}

type slot struct {
	Kind             string
	Salt, Nonce, Key []byte
}

// Read returns the file, the size of its header, and its id.
func Read(path string) (file []byte, size int, id string, err error) {
	if file, err = os.ReadFile(path); err != nil {
		return nil, 0, "", err
	}
	if !bytes.HasPrefix(file, []byte(firstLine)) {
		return nil, 0, "", errors.New("no store of format 2")
	}
	first := bytes.IndexByte(file, '\n') + 1
	size = first + bytes.IndexByte(file[first:], '\n') + 1
	var line struct{ ID string }
	err = json.Unmarshal(file[first:size], &line)
	return file, size, line.ID, err
}

// Open decrypts file, as Read returned it, by its keyring slot.
func Open(path string, file []byte, size int, id string, password []byte) (*Store, error) {
	first := bytes.IndexByte(file, '\n') + 1
	s := &Store{path: path}
	if err := json.Unmarshal(file[first:size], &s.header); err != nil {
		return nil, err
	}
	var slots []slot
	if err := json.Unmarshal(s.header["slots"], &slots); err != nil {
		return nil, err
	}
	for _, slot := range slots {
		if slot.Kind != "keyring" {
			continue
		}
		wrapping, err := hkdf.Key(sha256.New, password, slot.Salt, "thv-secret-store slot", 32)
		if err != nil {
			return nil, err
		}
		key, err := newGCM(wrapping).Open(nil, slot.Nonce, slot.Key, []byte("thv-secret-store slot keyring "+id))
		if err != nil {
			return nil, err
		}
		s.aead = newGCM(key)
	}
	if s.aead == nil {
		return nil, errors.New("the store has no keyring slot")
	}
	sealed := file[size+nonceSize:]
	list, err := s.aead.Open(sealed[:0], file[size:size+nonceSize], sealed, file[:size])
	s.List = list
	return s, err
}

// Find returns the span of the entry name in List, and its value. If there is no such
// entry it returns an empty span at the place where it belongs, and nil.
func (s *Store) Find(name string) (start, end int, value []byte) {
	for start < len(s.List) {
		entry := s.List[start:]
		n := int(binary.BigEndian.Uint32(entry))
		v := int(binary.BigEndian.Uint32(entry[4:]))
		d := int(binary.BigEndian.Uint32(entry[8:]))
		end = start + prefixSize + n + v + d
		found := string(entry[prefixSize : prefixSize+n])
		if found == name {
			return start, end, entry[prefixSize+n : prefixSize+n+v]
		}
		if found > name {
			break
		}
		start = end
	}
	return start, start, nil
}

// Set writes the store with name set to value: a temporary file, fsync, rename,
// fsync of the directory.
func (s *Store) Set(name string, value []byte, now int64) error {
	start, end, _ := s.Find(name)
	entry := appendEntry(nil, name, value, now)
	file, err := s.nextHeader()
	if err != nil {
		return err
	}
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce)
	header := len(file)
	size := len(s.List) - (end - start) + len(entry)
	file = append(append(make([]byte, 0, header+nonceSize+size+16), file...), nonce...)
	text := len(file)
	file = append(append(append(file, s.List[:start]...), entry...), s.List[end:]...)
	return replace(s.path, s.aead.Seal(file[:text], nonce, file[text:], file[:header]))
}

// Fill replaces the list in memory by n secrets named name-00001 and so on, each
// with value; the next Set writes it.
func (s *Store) Fill(n int, value []byte, now int64) {
	s.List = nil
	for i := range n {
		s.List = appendEntry(s.List, fmt.Sprintf("name-%05d", i+1), value, now)
	}
}

func appendEntry(list []byte, name string, value []byte, now int64) []byte {
	list = binary.BigEndian.AppendUint32(list, uint32(len(name)))
	list = binary.BigEndian.AppendUint32(list, uint32(len(value)))
	list = binary.BigEndian.AppendUint32(list, 0)
	list = binary.BigEndian.AppendUint64(list, uint64(now))
	list = binary.BigEndian.AppendUint64(list, uint64(now))
	return append(append(list, name...), value...)
}

// nextHeader returns the header's two lines with the next generation.
func (s *Store) nextHeader() ([]byte, error) {
	var generation uint64
	if err := json.Unmarshal(s.header["generation"], &generation); err != nil {
		return nil, err
	}
	s.header["generation"] = json.RawMessage(fmt.Sprint(generation + 1))
	line, err := json.Marshal(s.header)
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	sum := sha256.Sum256(line)
	return append([]byte(firstLine+hex.EncodeToString(sum[:])+"\n"), line...), nil
}

func replace(path string, content []byte) error {
	temporary := path + ".baseline"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	directory, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}
