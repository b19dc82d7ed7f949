package runtimes

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// javaFolder is where packages of Linux systems install several Javas beside each other.
const javaFolder = "/usr/lib/jvm"

// javaNames are the programs of a version, and the one that PATH has.
func javaNames(version string) (names []string) {
	entries, _ := os.ReadDir(javaFolder) //nolint:errcheck // most systems have none
	for _, entry := range entries {
		if version != "" && namesVersion(entry.Name(), version) {
			names = append(names, filepath.Join(javaFolder, entry.Name(), "bin", "java"))
		}
	}
	return append(names, "java")
}

// namesVersion reports whether a folder such as java-21-openjdk-amd64, temurin-21-jdk or java-1.8.0-openjdk is of a version.
func namesVersion(folder, version string) bool {
	for part := range strings.SplitSeq(folder, "-") {
		if release, _, _ := strings.Cut(strings.TrimPrefix(part, "1."), "."); release == version {
			return true
		}
	}
	return false
}

// readProperties reads what java says of itself: lines such as "java.version = 17.0.15". Java 8 calls itself 1.8.
func readProperties(output string) (engine, bool) {
	properties := map[string]string{}
	for line := range strings.Lines(output) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			properties[name] = value
		}
	}
	version, _, _ := strings.Cut(properties["java.version"], "-")
	home := properties["java.home"]
	return engine{filepath.Join(home, "bin", "java"), strings.TrimPrefix(version, "1.")}, version != "" && home != ""
}

// The heap of a function, in parts of its memory, which everything else of the process shares with it. Both are what functions
// of the service see: a machine of that size starts with a 64th.
const (
	maxHeapPercent   = 85
	initialHeapShare = 64
	leastInitialHeap = 8 << 10 // kB
	defaultMemory    = 128     // MB
)

// jvmOptions are those of the service, and some that keep a machine tidy that functions share. What a function chooses itself in
// JAVA_TOOL_OPTIONS or its like is left out: an option of the command line would outweigh it.
func jvmOptions(id Identifier, e engine, spec Spec) (options []string) {
	own := strings.Fields(spec.Environment["JAVA_TOOL_OPTIONS"] + " " + spec.Environment["JDK_JAVA_OPTIONS"] + " " + spec.Environment["_JAVA_OPTIONS"])
	unless := func(chosen func(option string) bool, ours ...string) {
		for _, option := range own {
			if chosen(option) {
				return
			}
		}
		options = append(options, ours...)
	}
	memory := spec.MemorySize << 10
	if memory == 0 {
		memory = defaultMemory << 10
	}
	unless(choosesHeap,
		fmt.Sprintf("-XX:MaxHeapSize=%dk", memory*maxHeapPercent/100),
		fmt.Sprintf("-XX:InitialHeapSize=%dk", max(leastInitialHeap, memory/initialHeapShare)))
	unless(func(o string) bool { return strings.HasPrefix(o, "-XX:+Use") && strings.HasSuffix(o, "GC") }, "-XX:+UseSerialGC")
	if atLeast(id.version(), "17") { // older ones compile as Java itself would
		unless(func(o string) bool { return strings.Contains(o, "Tiered") }, "-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1")
	}
	unless(mentions("java.net.preferIPv4Stack"), "-Djava.net.preferIPv4Stack=true")
	unless(mentions("java.io.tmpdir"), "-Djava.io.tmpdir="+tempMark)
	unless(mentions("UsePerfData"), "-XX:-UsePerfData") // files in /tmp that all could see
	if atLeast(e.version, "13") {
		unless(mentions("ErrorFile"), "-XX:+ErrorFileToStderr")
	} else {
		unless(mentions("ErrorFile"), "-XX:ErrorFile=/tmp/hs_err_pid%p.log") // not in the folder of the code
	}
	if atLeast(e.version, "9") {
		options = append(options, "--add-opens=java.base/java.io=ALL-UNNAMED") // the client opens its log with it
	}
	if atLeast(e.version, "24") { // which warns of what the client does
		options = append(options, "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
	}
	return options
}

func mentions(name string) func(option string) bool {
	return func(option string) bool { return strings.Contains(option, name) }
}

func choosesHeap(option string) bool {
	for _, name := range []string{"-Xmx", "-Xms", "HeapSize=", "RAMPercentage=", "MaxRAM=", "RAMFraction="} {
		if strings.Contains(option, name) {
			return true
		}
	}
	return false
}
