-- The key that the exporting plane signs with, as it was named when the import began: nobody else's list counts for it.
alter table vault.import add column signer text;
