// A folder with everything that the server needs, and with nothing else: the code of the function.
export default { output: 'standalone', outputFileTracingRoot: import.meta.dirname };
