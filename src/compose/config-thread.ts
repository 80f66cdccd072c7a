import { parentPort } from 'node:worker_threads';
import { type ConfigQuestion, readConfig } from './read-config.ts';

parentPort?.once('message', (question: ConfigQuestion) => parentPort?.postMessage(readConfig(question)));
