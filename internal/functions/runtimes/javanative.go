package runtimes

import (
	"archive/zip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// javaClientLibrary is the property that names the client's native library.
const javaClientLibrary = "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="

// maxNativeLibrary in bytes; version 2.10 has 1 MB.
const maxNativeLibrary = 64 << 20

// nativeLibrary is the client's native library for this machine, unpacked below dir. Left to itself, the client would
// write it to one path in /tmp at every start, which functions must share or cannot write to. client is a jar or a folder with its
// classes. "": it has none where it should be, and may know better.
func nativeLibrary(client, dir string, e engine) (string, error) {
	name, err := nativeName(e)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(client)
	if err != nil {
		return "", fmt.Errorf("the runtime client of Java: %w", err)
	}
	if info.IsDir() {
		if info, err = os.Stat(filepath.Join(client, name)); err != nil {
			return "", nil //nolint:nilerr // there is none
		}
	}
	id := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%d", client, name, info.Size(), info.ModTime().UnixNano()))
	library := filepath.Join(dir, hex.EncodeToString(id[:8]), filepath.Base(name))
	if exists(library) {
		return library, nil
	}
	content, err := readNative(client, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the runtime client of Java: %s: %w", client, err)
	}
	if err := os.MkdirAll(filepath.Dir(library), 0o700); err != nil {
		return "", fmt.Errorf("the runtime client of Java: %w", err)
	}
	if err := replaceFile(library, content); err != nil {
		return "", fmt.Errorf("the runtime client of Java: %w", err)
	}
	return library, nil
}

// nativeName is the library's name in the client.
func nativeName(e engine) (string, error) {
	architecture := map[string]string{"amd64": "x86_64", "arm64": "aarch_64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || architecture == "" {
		return "", fmt.Errorf("the public runtime client of Java runs on Linux on amd64 and arm64 only, and this is %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	system := "linux"
	if linksMusl(e.path) {
		system = "linux_musl"
	}
	return "jni/libaws-lambda-jni." + system + "-" + architecture + ".so", nil
}

// linksMusl reports whether a program is one of a system whose C library is musl.
func linksMusl(program string) bool {
	file, err := elf.Open(program)
	if err != nil {
		return false
	}
	defer file.Close()
	interpreter := file.Section(".interp")
	if interpreter == nil {
		return false
	}
	name, err := interpreter.Data()
	return err == nil && strings.Contains(string(name), "ld-musl")
}

// readNative reads a file of a folder or a jar; [fs.ErrNotExist]: it has none of that name.
func readNative(client, name string) ([]byte, error) {
	if info, err := os.Stat(client); err == nil && info.IsDir() {
		return os.ReadFile(filepath.Join(client, name))
	}
	jar, err := zip.OpenReader(client)
	if err != nil {
		return nil, err
	}
	defer jar.Close()
	file, err := jar.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxNativeLibrary+1))
	if err == nil && len(content) > maxNativeLibrary {
		err = fmt.Errorf("%s has more than %d bytes", name, maxNativeLibrary)
	}
	return content, err
}
