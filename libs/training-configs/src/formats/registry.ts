import type { TrainingConfigFormat } from '../format.js';
import { axolotlFormat } from './axolotl/axolotl.format.js';
import { csvFormat } from './csv/csv.format.js';
import { energonFormat } from './energon/energon.format.js';
import { fairseq2Format } from './fairseq2/fairseq2.format.js';
import { gptNeoxFormat } from './gpt-neox/gpt-neox.format.js';
import { hfInterleaveFormat } from './hf-interleave/hf-interleave.format.js';
import { jsonFormat } from './json/json.format.js';
import { levanterFormat } from './levanter/levanter.format.js';
import { linguaFormat } from './lingua/lingua.format.js';
import { litGptFormat } from './litgpt/litgpt.format.js';
import { llamaFactoryFormat } from './llama-factory/llama-factory.format.js';
import { llmFoundryFormat } from './llm-foundry/llm-foundry.format.js';
import { maxTextFormat } from './maxtext/maxtext.format.js';
import { megatronFormat } from './megatron/megatron.format.js';
import { megatronBridgeFormat } from './megatron-bridge/megatron-bridge.format.js';
import { nanotronFormat } from './nanotron/nanotron.format.js';
import { nemoFormat } from './nemo/nemo.format.js';
import { olmixFormat } from './olmix/olmix.format.js';
import { olmoCoreFormat } from './olmo-core/olmo-core.format.js';
import { openInstructFormat } from './open-instruct/open-instruct.format.js';
import { regMixFormat } from './regmix/regmix.format.js';
import { streamingFormat } from './streaming/streaming.format.js';
import { tinyLlamaFormat } from './tinyllama/tinyllama.format.js';
import { torchTitanFormat } from './torchtitan/torchtitan.format.js';
import { trlFormat } from './trl/trl.format.js';

/** Every format, by name. A new one is a folder here and a line in this list. */
const registered: readonly TrainingConfigFormat[] = [
  jsonFormat,
  csvFormat,
  megatronFormat,
  nemoFormat,
  megatronBridgeFormat,
  gptNeoxFormat,
  olmoCoreFormat,
  nanotronFormat,
  llmFoundryFormat,
  streamingFormat,
  maxTextFormat,
  linguaFormat,
  fairseq2Format,
  energonFormat,
  hfInterleaveFormat,
  trlFormat,
  olmixFormat,
  levanterFormat,
  llamaFactoryFormat,
  openInstructFormat,
  axolotlFormat,
  torchTitanFormat,
  litGptFormat,
  tinyLlamaFormat,
  regMixFormat,
];

export const formats: Readonly<Record<string, TrainingConfigFormat>> = Object.fromEntries(
  registered.map((format) => [format.name, format]),
);

export const formatNames: readonly string[] = registered.map(({ name }) => name);
