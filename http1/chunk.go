package http1

import (
	"bytes"
	"io"
)

// chunkBuffered reports whether the end of the data of a chunk and the size line of
// the next are buffered, so that nextChunk won't wait. It is not for the last chunk,
// whose trailer section may be missing.
func (r *Reader) chunkBuffered() bool {
	return r.w-r.r > 2 && r.buf[r.r+2] != '0' && bytes.IndexByte(r.buf[r.r+2:r.w], '\n') >= 0
}

// nextChunk reads what stands between the data of two chunks: the line end of one,
// and the size line of the next. After the last chunk it reads the trailer section
// and returns io.EOF.
func (b *Body) nextChunk() error {
	if b.begun {
		if err := b.endChunk(); err != nil {
			return err
		}
	}
	line, err := b.r.readLine(maxChunkDigits+b.r.limits.ChunkExt, errChunkExtLarge)
	if err != nil {
		return err
	}
	size, digits, err := parseChunkSize(line)
	if err != nil {
		return err
	}
	if b.ext += len(line) - digits; b.ext > b.r.limits.ChunkExt {
		return errChunkExtLarge
	}
	if !validChunkExt(line[digits:]) {
		return errChunkExt
	}
	if size == 0 {
		return b.readTrailer()
	}
	b.left, b.begun = size, true
	return nil
}

// endChunk consumes the CRLF after the data of a chunk.
func (b *Body) endChunk() error {
	r := b.r
	for r.w-r.r < 2 {
		if r.w > r.r && r.buf[r.r] != '\r' {
			return errChunkEnd
		}
		if err := r.fill(); err != nil {
			return unexpected(err)
		}
	}
	if r.buf[r.r] != '\r' || r.buf[r.r+1] != '\n' {
		return errChunkEnd
	}
	r.r += 2
	return nil
}

// parseChunkSize parses the hexadecimal digits that a size line begins with.
func parseChunkSize(line []byte) (size int64, digits int, err error) {
	for digits < len(line) && class[line[digits]]&classHex != 0 {
		c := lower[line[digits]]
		if c > '9' {
			c -= 'a' - '9' - 1
		}
		if digits++; digits > maxChunkDigits {
			return 0, 0, errChunkSize
		}
		size = size<<4 | int64(c-'0')
	}
	if digits == 0 || digits < len(line) && line[digits] != ';' {
		return 0, 0, errChunkSize
	}
	return size, digits, nil
}

// validChunkExt checks *( ";" name [ "=" token or quoted string ] ). The blanks that
// RFC 9112 7.1.1 calls bad are not accepted.
func validChunkExt(s []byte) bool {
	for len(s) > 0 {
		if s[0] != ';' {
			return false
		}
		n := tokenLength(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
		if len(s) == 0 || s[0] != '=' {
			continue
		}
		if n = tokenLength(s[1:]); n == 0 {
			n = quotedLength(s[1:])
		}
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	return true
}

// tokenLength returns the length of the token that s begins with.
func tokenLength(s []byte) int {
	n := 0
	for n < len(s) && class[s[n]]&classToken != 0 {
		n++
	}
	return n
}

// quotedLength returns the length of the quoted string that s begins with, quotes
// included, or 0.
func quotedLength(s []byte) int {
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i + 1
		case class[s[i]]&classValue == 0:
			return 0
		case s[i] == '\\':
			if i++; i == len(s) || class[s[i]]&classValue == 0 {
				return 0
			}
		}
	}
	return 0
}

// readTrailer reads the trailer section, keeps it if somebody wants it, and returns io.EOF.
func (b *Body) readTrailer() error {
	limit := b.r.limits.Trailer
	for {
		line, err := b.r.readLine(limit, ErrTrailerTooLarge)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		if limit -= len(line) + 2; limit < 0 {
			return ErrTrailerTooLarge
		}
		if !validTrailer(line) {
			return errTrailerField
		}
		if b.trailer != nil {
			f, _, err := parseField(string(line) + "\r\n")
			if err != nil {
				return err
			}
			*b.trailer = append(*b.trailer, f)
		}
	}
}

// validTrailer checks a field line like one of a head, without making strings.
func validTrailer(line []byte) bool {
	n := tokenLength(line)
	if n == 0 || n == len(line) || line[n] != ':' {
		return false
	}
	for _, c := range line[n:] {
		if class[c]&classValue == 0 {
			return false
		}
	}
	return true
}

// AppendChunk appends data as one chunk. Empty data appends nothing, for an empty
// chunk would end the body.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = AppendChunkSize(dst, len(data))
	dst = append(dst, data...)
	return append(dst, '\r', '\n')
}

// AppendChunkSize appends the size line of a chunk of size bytes, which must be
// followed by the data and a CRLF.
func AppendChunkSize(dst []byte, size int) []byte {
	const digits = "0123456789abcdef"
	var b [16]byte
	i := len(b)
	for {
		i--
		b[i] = digits[size&15]
		if size >>= 4; size == 0 {
			break
		}
	}
	dst = append(dst, b[i:]...)
	return append(dst, '\r', '\n')
}

// LastChunk ends a body sent in chunks, with an empty trailer section.
const LastChunk = "0\r\n\r\n"
