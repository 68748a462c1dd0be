#!/usr/bin/env node
// `npm exec -- codekeep …` in a clone where nothing is installed yet.
process.argv.splice(2, 0, 'codekeep');
await import('./run.mjs');
