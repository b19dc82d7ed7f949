exports.handler = async () => 'nested folder';
