-- CreateEnum
CREATE TYPE "fit_state" AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled');

-- AlterTable
ALTER TABLE "corpus_domains" ALTER COLUMN "source" DROP NOT NULL,
ALTER COLUMN "tokens" DROP NOT NULL;

-- AlterTable
ALTER TABLE "sweeps" ADD COLUMN     "targets" JSON NOT NULL DEFAULT '[]';

-- Until now every sweep measured a loss of each domain.
UPDATE "sweeps" SET "targets" = COALESCE((
    SELECT json_agg("name" ORDER BY "position") FROM "corpus_domains" WHERE "corpus_domains"."corpus_id" = "sweeps"."corpus_id"
), '[]');

-- AlterTable
ALTER TABLE "runs" ADD COLUMN     "label" TEXT;

-- AlterTable
ALTER TABLE "observations" ALTER COLUMN "tokens" DROP NOT NULL,
ALTER COLUMN "seconds" DROP NOT NULL;

-- AlterTable
ALTER TABLE "observation_losses" ALTER COLUMN "bits_per_byte" DROP NOT NULL;

-- AlterTable
ALTER TABLE "fits" ADD COLUMN     "claim" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "finished_at" TIMESTAMPTZ(3),
ADD COLUMN     "lease_until" TIMESTAMPTZ(3),
ADD COLUMN     "progress" JSON,
ADD COLUMN     "reason" TEXT,
ADD COLUMN     "refit" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "run_ids" JSON NOT NULL DEFAULT '[]',
ADD COLUMN     "settings" JSON NOT NULL DEFAULT '{}',
ADD COLUMN     "started_at" TIMESTAMPTZ(3),
ADD COLUMN     "state" "fit_state" NOT NULL DEFAULT 'succeeded',
ALTER COLUMN "inputs_hash" DROP NOT NULL;

-- CreateTable
CREATE TABLE "fit_models" (
    "fit_id" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "packed" BYTEA NOT NULL,

    CONSTRAINT "fit_models_pkey" PRIMARY KEY ("fit_id","target")
);

-- CreateIndex
CREATE INDEX "fits_state_idx" ON "fits"("state");

-- AddForeignKey
ALTER TABLE "fit_models" ADD CONSTRAINT "fit_models_fit_id_fkey" FOREIGN KEY ("fit_id") REFERENCES "fits"("id") ON DELETE CASCADE ON UPDATE CASCADE;
