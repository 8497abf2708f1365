import type { Type } from '@nestjs/common';
import { CorporaController } from '../corpora/corpora.controller.js';
import { SweepExportsController } from '../exports/sweep-exports.controller.js';
import { FitsController } from '../fits/fits.controller.js';
import { SweepFitsController } from '../fits/sweep-fits.controller.js';
import { FormatsController } from '../formats/formats.controller.js';
import { HealthController } from '../health/health.controller.js';
import { ImportsController } from '../imports/imports.controller.js';
import { LeasesController } from '../leases/leases.controller.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { ProposalsController } from '../proposals/proposals.controller.js';
import { RunsController } from '../runs/runs.controller.js';
import { SweepEventsController } from '../sweeps/sweep-events.controller.js';
import { SweepsController } from '../sweeps/sweeps.controller.js';
import { WorkersController } from '../workers/workers.controller.js';

/** Every controller that the document describes. The module registers this list and no other. */
export const controllers: Type[] = [
  CorporaController,
  ImportsController,
  SweepsController,
  SweepEventsController,
  RunsController,
  LeasesController,
  WorkersController,
  SweepFitsController,
  FitsController,
  ProposalsController,
  SweepExportsController,
  FormatsController,
  HealthController,
  MetricsController,
];
