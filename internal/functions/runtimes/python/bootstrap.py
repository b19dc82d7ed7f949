"""Where the Python runtime begins. It is nearly empty: this file is run, so the engine compiles it at every start, and processes
that a function spawns with multiprocessing load it, too."""

if __name__ == "__main__":
    import _gatehouse_runtime

    _gatehouse_runtime.main()
