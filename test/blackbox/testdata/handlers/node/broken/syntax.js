exports.handler = async () => {
  return 'unfinished
};
