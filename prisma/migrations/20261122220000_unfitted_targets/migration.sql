-- AlterTable
ALTER TABLE "fits" ADD COLUMN     "unfitted" JSON NOT NULL DEFAULT '{}';
