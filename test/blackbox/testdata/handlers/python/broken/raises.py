def explode():
    raise RuntimeError("while loading")


explode()
