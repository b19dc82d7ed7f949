package runtimes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The public runtime client of Java, which Gatehouse uses and does not bring.
const (
	javaClientJar  = "aws-lambda-java-runtime-interface-client" // what the name of its file begins with
	javaClientMain = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
)

// javaClientInstall says how the client comes to a machine.
const javaClientInstall = "Amazon's public runtime client of Java is to be in the function's lib, in java/lib of a layer, or in the folder " +
	"that the option java-runtime-client or GATEHOUSE_JAVA_RUNTIME_CLIENT names. To fetch it into a folder DIR: " +
	"for jar in com.amazonaws:aws-lambda-java-runtime-interface-client:2.10.1 com.amazonaws:aws-lambda-java-core:1.4.0 " +
	"com.amazonaws:aws-lambda-java-serialization:1.2.0 software.amazon.awssdk:utils-lite:2.34.0; " +
	"do mvn dependency:copy -Dartifact=$jar -DoutputDirectory=DIR; done"

// CheckJavaClient reports whether a folder has the public runtime client of Java.
func CheckJavaClient(dir string) error {
	_, err := clientJars(dir)
	return err
}

// clientJars are the jars of a folder that has the client.
func clientJars(dir string) ([]string, error) {
	jars, err := jarsOf(dir)
	if err != nil {
		return nil, fmt.Errorf("the runtime client of Java: %w", err)
	}
	if findClient(jars) == "" {
		return nil, fmt.Errorf("%s has no %s-*.jar. %s", dir, javaClientJar, javaClientInstall)
	}
	return jars, nil
}

// findJava is how a function of Java is started. Spec: functions A6.3.
func findJava(id Identifier, e engine, spec Spec) (Launch, error) {
	launch := Launch{Engine: e.path, Environment: append(managedEnvironment(id, e, spec), framedLog), Note: e.note(id)}
	path, client, err := javaClassPath(id, spec)
	if err != nil {
		return Launch{}, err
	}
	options := jvmOptions(id, e, spec)
	if spec.RuntimeDir != "" {
		library, err := nativeLibrary(client, filepath.Join(spec.RuntimeDir, familyJava), e)
		if err != nil {
			return Launch{}, refuse("%s", err)
		}
		if library != "" {
			options = append(options, javaClientLibrary+library)
		}
	}
	launch.Args = append(append([]string{e.path}, options...), "-cp", strings.Join(path, ":"), javaClientMain, spec.Handler)
	launch.Read = filesElsewhere(filepath.Dir(filepath.Dir(e.path)))
	if filepath.Dir(client) == spec.JavaClient {
		launch.Read = append(launch.Read, spec.JavaClient)
	}
	return launch, nil
}

// javaClassPath is the class path of the machine, as the process sees it, and what of it is the client, as we do. Classes of a
// function are loaded as on the service: by a class loader of the client's, from the task root, its lib and java/lib of the layers,
// while the class path has the client alone, whose libraries come first. Where the function brings the client itself, or layers
// are not at /opt, where the client looks, the class path has everything in that order.
func javaClassPath(id Identifier, spec Spec) (seen []string, client string, err error) {
	path, err := ownClassPath(spec)
	if err != nil {
		return nil, "", refuse("%s", err)
	}
	if client = findClient(path); client == "" {
		if spec.JavaClient == "" {
			return nil, "", refuse("the runtime %s needs a runtime client, and there is none. %s", id.Name, javaClientInstall)
		}
		jars, err := clientJars(spec.JavaClient)
		if err != nil {
			return nil, "", refuse("%s", err)
		}
		client = findClient(jars)
		if spec.Opt == "" || spec.opt() == optRoot {
			path = nil
		}
		path = append(jars, path...)
	}
	for _, entry := range path {
		seen = append(seen, spec.placed(entry))
	}
	return seen, client, nil
}

// ownClassPath is the class path of a function by A6.3, as the machine has it.
func ownClassPath(spec Spec) ([]string, error) {
	path := []string{spec.Code}
	libraries := []string{filepath.Join(spec.Code, "lib")}
	if spec.Opt != "" {
		libraries = append(libraries, filepath.Join(spec.Opt, "java", "lib"))
	}
	for _, dir := range libraries {
		jars, err := jarsOf(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		path = append(path, jars...)
	}
	return path, nil
}

// jarsOf are the paths of the jars of a folder, sorted.
func jarsOf(dir string) (jars []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".jar") {
			jars = append(jars, filepath.Join(dir, entry.Name()))
		}
	}
	return jars, err
}

// findClient is the entry of a class path that has the client: its jar, or a folder with its classes, as an unpacked jar that
// holds all that a function needs has them; "": none.
func findClient(path []string) string {
	at := slices.IndexFunc(path, func(entry string) bool {
		_, err := os.Stat(filepath.Join(entry, strings.ReplaceAll(javaClientMain, ".", "/")+".class"))
		return strings.HasPrefix(filepath.Base(entry), javaClientJar) || err == nil
	})
	if at < 0 {
		return ""
	}
	return path[at]
}

// filesElsewhere are files of a Java that are links out of its folder, such as its configuration in /etc.
func filesElsewhere(home string) (files []string) {
	for _, pattern := range []string{"conf/*", "conf/*/*", "lib/*.properties", "lib/security/*"} {
		found, _ := filepath.Glob(filepath.Join(home, pattern)) //nolint:errcheck // the patterns are right
		for _, file := range found {
			real, err := filepath.EvalSymlinks(file)
			if _, inside := below(real, home); err == nil && !inside {
				files = append(files, real)
			}
		}
	}
	return files
}

// placed is where the process finds a file of the function's folders.
func (s Spec) placed(file string) string {
	if rest, ok := below(file, s.Code); ok {
		return s.task(rest)
	}
	if rest, ok := below(file, s.Opt); ok && s.Opt != "" {
		return s.opt(rest)
	}
	return file
}

// framedLog makes the client mark where its messages begin and end on standard output. See FramesLog.
const framedLog = "_LAMBDA_TELEMETRY_LOG_FD=1"

// FramesLog reports whether functions of a runtime write frames into their log, each a message and in front of it, big endian,
// 0xa55a0000 plus flags, of which the second lowest says that a time follows, the length of the message in 4 bytes, and 8
// bytes of time: what a logger of Java writes is one message that may lack an end of line.
func FramesLog(runtime string) bool {
	id, _ := lookUp(runtime)
	return id.Family == familyJava
}
