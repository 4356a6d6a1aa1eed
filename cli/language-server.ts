/** The program `dist/server.js`: the language server for an editor that starts it, with the journals at hand. */
import { serve } from '../server/main.ts';
import { createHistory } from './history.ts';

serve(createHistory());
