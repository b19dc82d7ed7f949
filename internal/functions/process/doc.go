// Package process starts the processes of functions and makes sure that they end.
//
//	nursery := process.NewNursery(process.Options{})
//	p, err := nursery.Start(process.Command{Args: []string{"/code/bootstrap"}, Dir: "/code", Output: pipe})
//	<-p.Exited() // the program ended: p.Exit() says how
//	p.Kill()     // or: nothing of it may go on
//	<-p.Gone()   // neither it nor what it has started is there any more
//
// A process gets a session of its own, /dev/null as its input, at most 1,024 open files, no core files, no new privileges, and
// nothing of our own environment.
//
// On Linux the processes are not our children but those of a guard: our own program, executed once more per nursery. It
// holds a socket of ours, and when that ends, whatever ended us, the guard kills everything below it. What forked, left its
// session and lost its parent becomes a child of the guard and so stays below it. What holds when:
//
//   - Where the kernel lets us make namespaces (as root, or as a user where user namespaces are allowed), the guard is the
//     first process of a process namespace with its own /proc: when the guard is gone, even by kill -9 together with us, the
//     kernel leaves nothing of the namespace. Functions don't see the machine's other processes.
//   - Elsewhere the guard is a subreaper. Ending us, even by kill -9, leaves no function process. Ending the guard and us
//     at the same moment leaves what functions have forked, but not the functions' own processes, which die with the guard.
//
// When one process ends or is killed, what it has started is killed too: its descendants, its session, and what inherited
// its variables. A process below the guard that belongs to no running function in one of these ways is killed when it is seen.
//
// A command with Files is confined: see Files, and Holds for what of it the machine has. The guard starts it on a thread that has
// confined itself before.
//
// A Group bounds processes together by a control group, where the group of our own process is ours to divide: the kernel then knows
// their memory and counts them, and the guard looks at neither. Processes start inside. A Network is a network namespace with
// loopback only. The guard makes it, because only the guard may, and makes the sockets inside that we listen and connect with.
//
// A Crew is a number that processes have in common. Owns tells whether a connection within the machine comes from one of them, or from
// what they have started, and Listens who takes connections at a port: the kernel says which socket it is, and the guard looks who has that open.
//
// On other systems processes are killed by their group, when we end in order; nothing watches over them when we crash.
package process
