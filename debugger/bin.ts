/** The program `debugger.js`: one debug session on standard input and output, and then its end. */
import { startAdapter } from './main.ts';

await startAdapter(process.stdin, process.stdout);
process.exit(0);
