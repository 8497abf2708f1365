-- AlterEnum
ALTER TYPE "attempt_state" ADD VALUE 'stopped';

-- AlterEnum
ALTER TYPE "run_state" ADD VALUE 'censored';

-- AlterTable
ALTER TABLE "attempts" ADD COLUMN     "checkpoint_step" INTEGER,
ADD COLUMN     "resumed_step" INTEGER;

-- AlterTable
ALTER TABLE "curve_losses" ALTER COLUMN "bits_per_byte" DROP NOT NULL;

-- AlterTable
ALTER TABLE "observation_losses" ADD COLUMN     "lower" DOUBLE PRECISION,
ADD COLUMN     "upper" DOUBLE PRECISION;

-- AlterTable
ALTER TABLE "observations" ADD COLUMN     "censored_at" INTEGER,
ADD COLUMN     "flops" DOUBLE PRECISION;

-- AlterTable
-- Failures were counted without their class.
ALTER TABLE "runs" ADD COLUMN     "fidelity" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "not_before" TIMESTAMPTZ(3),
ALTER COLUMN "failures" DROP DEFAULT,
ALTER COLUMN "failures" TYPE JSON
  USING CASE WHEN "failures" = 0 THEN '{}'::json ELSE json_build_object('internal', "failures") END,
ALTER COLUMN "failures" SET DEFAULT '{}';

-- CreateTable
CREATE TABLE "expert_loads" (
    "run_id" TEXT NOT NULL,
    "layer" INTEGER NOT NULL,
    "domain" TEXT NOT NULL,
    "load" JSON NOT NULL,

    CONSTRAINT "expert_loads_pkey" PRIMARY KEY ("run_id","layer","domain")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL,
    "registered_at" TIMESTAMPTZ(3) NOT NULL,
    "snapshot" JSON NOT NULL,

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "attempts_failure_class_idx" ON "attempts"("failure_class");

-- CreateIndex
CREATE INDEX "workers_heartbeat_at_idx" ON "workers"("heartbeat_at");

-- AddForeignKey
ALTER TABLE "expert_loads" ADD CONSTRAINT "expert_loads_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "observations"("run_id") ON DELETE CASCADE ON UPDATE CASCADE;
