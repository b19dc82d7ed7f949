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
const maxNativeLibrary = 8 << 20

// nativeLibrary is the client's native library for this machine, unpacked below dir by its content. Left to itself, the client
// would write it to one path in /tmp at every start, which functions must share or cannot write to. client is a jar or a folder with
// its classes. "": it has none where it should be, and may know better.
func nativeLibrary(client, dir string, e engine) (string, error) {
	name, err := nativeName(e)
	if err != nil {
		return "", err
	}
	content, err := readNative(client, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the runtime client of Java: %s: %w", client, err)
	}
	sum := sha256.Sum256(content)
	library := filepath.Join(dir, hex.EncodeToString(sum[:])+".so")
	if exists(library) {
		return library, nil
	}
	err = os.MkdirAll(dir, 0o700)
	if err == nil {
		err = replaceFile(library, content)
	}
	if err != nil {
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
	defer file.Close() //nolint:errcheck // it is only read
	interpreter := file.Section(".interp")
	if interpreter == nil {
		return false
	}
	name, err := interpreter.Data()
	return err == nil && strings.Contains(string(name), "ld-musl")
}

// readNative reads a file of a folder or a jar; [fs.ErrNotExist]: it has none of that name.
func readNative(client, name string) (content []byte, err error) {
	folder := os.DirFS(client)
	if info, err := os.Stat(client); err != nil || !info.IsDir() {
		jar, err := zip.OpenReader(client)
		if err != nil {
			return nil, err
		}
		defer jar.Close() //nolint:errcheck // it is only read
		folder = jar
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	content, err = io.ReadAll(io.LimitReader(file, maxNativeLibrary+1))
	if err == nil && len(content) > maxNativeLibrary {
		err = fmt.Errorf("%s has more than %d bytes", name, maxNativeLibrary)
	}
	return content, err
}
