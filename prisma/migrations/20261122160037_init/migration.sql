-- CreateEnum
CREATE TYPE "sweep_state" AS ENUM ('running', 'fitting', 'confirming', 'completed', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "round_kind" AS ENUM ('design', 'confirmation');

-- CreateEnum
CREATE TYPE "run_state" AS ENUM ('waiting', 'queued', 'running', 'succeeded', 'diverged', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "run_role" AS ENUM ('design', 'proposal', 'best-observed', 'natural', 'uniform');

-- CreateEnum
CREATE TYPE "attempt_state" AS ENUM ('open', 'succeeded', 'diverged', 'failed', 'lost', 'released', 'cancelled');

-- CreateTable
CREATE TABLE "corpora" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "content_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "corpora_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "corpus_domains" (
    "corpus_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "tokens" BIGINT NOT NULL,
    "documents" BIGINT,
    "content_hash" TEXT,
    "licence" TEXT,
    "group" TEXT,
    "locations" JSON NOT NULL DEFAULT '{}',

    CONSTRAINT "corpus_domains_pkey" PRIMARY KEY ("corpus_id","position")
);

-- CreateTable
CREATE TABLE "sweeps" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" "sweep_state" NOT NULL,
    "reason" TEXT,
    "corpus_id" TEXT NOT NULL,
    "specification" JSON NOT NULL,
    "prior" JSONB NOT NULL,
    "fit_id" TEXT,
    "proposal_id" TEXT,
    "confirmation" JSON,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sweeps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rounds" (
    "id" TEXT NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "kind" "round_kind" NOT NULL,

    CONSTRAINT "rounds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "round_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "role" "run_role" NOT NULL,
    "weights" JSON NOT NULL,
    "seed" INTEGER NOT NULL,
    "state" "run_state" NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "step" INTEGER NOT NULL DEFAULT 0,
    "total_steps" INTEGER,
    "train_loss" DOUBLE PRECISION,
    "reason" TEXT,
    "queued_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "run_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" "attempt_state" NOT NULL,
    "worker_id" TEXT,
    "host" TEXT,
    "backend" TEXT,
    "backend_reason" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "failure_class" TEXT,
    "message" TEXT,
    "stderr_tail" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("run_id","number")
);

-- CreateTable
CREATE TABLE "observations" (
    "run_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "tokens" BIGINT NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL,
    "backend" TEXT,
    "parameters" BIGINT,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "observations_pkey" PRIMARY KEY ("run_id")
);

-- CreateTable
CREATE TABLE "observation_losses" (
    "run_id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "nats_per_token" DOUBLE PRECISION NOT NULL,
    "bits_per_byte" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "observation_losses_pkey" PRIMARY KEY ("run_id","target")
);

-- CreateTable
CREATE TABLE "curve_points" (
    "run_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "tokens" BIGINT NOT NULL,
    "train_loss" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "curve_points_pkey" PRIMARY KEY ("run_id","attempt","step")
);

-- CreateTable
CREATE TABLE "curve_losses" (
    "run_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "target" TEXT NOT NULL,
    "nats_per_token" DOUBLE PRECISION NOT NULL,
    "bits_per_byte" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "curve_losses_pkey" PRIMARY KEY ("run_id","attempt","step","target")
);

-- CreateTable
CREATE TABLE "fits" (
    "id" TEXT NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "seed" INTEGER NOT NULL,
    "runs" INTEGER NOT NULL,
    "left_out" INTEGER NOT NULL,
    "inputs_hash" TEXT NOT NULL,
    "code_version" TEXT NOT NULL,
    "targets" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fits_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "proposals" (
    "id" TEXT NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "fit_id" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "weights" JSON NOT NULL,
    "document" JSON NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "proposals_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "route" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("route","key")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dispatched_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sweep_events" (
    "id" BIGSERIAL NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sweep_events_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "corpora_name_version_key" ON "corpora"("name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "corpora_name_content_hash_key" ON "corpora"("name", "content_hash");

-- CreateIndex
CREATE UNIQUE INDEX "corpus_domains_corpus_id_name_key" ON "corpus_domains"("corpus_id", "name");

-- CreateIndex
CREATE INDEX "sweeps_created_at_idx" ON "sweeps"("created_at");

-- CreateIndex
CREATE INDEX "sweeps_state_idx" ON "sweeps"("state");

-- CreateIndex
CREATE UNIQUE INDEX "rounds_sweep_id_index_key" ON "rounds"("sweep_id", "index");

-- CreateIndex
CREATE INDEX "runs_sweep_id_state_idx" ON "runs"("sweep_id", "state");

-- CreateIndex
CREATE INDEX "runs_state_idx" ON "runs"("state");

-- CreateIndex
CREATE UNIQUE INDEX "runs_sweep_id_index_key" ON "runs"("sweep_id", "index");

-- CreateIndex
CREATE INDEX "attempts_state_lease_until_idx" ON "attempts"("state", "lease_until");

-- CreateIndex
CREATE INDEX "fits_sweep_id_idx" ON "fits"("sweep_id");

-- CreateIndex
CREATE INDEX "proposals_sweep_id_idx" ON "proposals"("sweep_id");

-- CreateIndex
CREATE INDEX "outbox_dispatched_at_id_idx" ON "outbox"("dispatched_at", "id");

-- CreateIndex
CREATE INDEX "sweep_events_sweep_id_id_idx" ON "sweep_events"("sweep_id", "id");

-- AddForeignKey
ALTER TABLE "corpus_domains" ADD CONSTRAINT "corpus_domains_corpus_id_fkey" FOREIGN KEY ("corpus_id") REFERENCES "corpora"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sweeps" ADD CONSTRAINT "sweeps_corpus_id_fkey" FOREIGN KEY ("corpus_id") REFERENCES "corpora"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rounds" ADD CONSTRAINT "rounds_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_round_id_fkey" FOREIGN KEY ("round_id") REFERENCES "rounds"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observations" ADD CONSTRAINT "observations_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "observation_losses" ADD CONSTRAINT "observation_losses_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "observations"("run_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "curve_points" ADD CONSTRAINT "curve_points_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "curve_losses" ADD CONSTRAINT "curve_losses_run_id_attempt_step_fkey" FOREIGN KEY ("run_id", "attempt", "step") REFERENCES "curve_points"("run_id", "attempt", "step") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fits" ADD CONSTRAINT "fits_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "proposals" ADD CONSTRAINT "proposals_fit_id_fkey" FOREIGN KEY ("fit_id") REFERENCES "fits"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sweep_events" ADD CONSTRAINT "sweep_events_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "sweeps"("id") ON DELETE CASCADE ON UPDATE CASCADE;
