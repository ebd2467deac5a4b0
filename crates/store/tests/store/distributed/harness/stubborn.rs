//! A database that does at the third try what others do at the first.

use gangway_store::PostgresOptions;
use tokio_postgres::NoTls;

use crate::distributed::options_of_a_patient_store;

/// What is written in every third transaction is refused: at a row, or only when the transaction is to be committed, which is
/// where it is said that nothing came of it if all statements went well. The product has no triggers; this is the test's.
const STUBBORN: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_current_xact_id()::text::bigint % 3 = 0 AND random() < 0.5 THEN
            RAISE EXCEPTION 'not now' USING ERRCODE = '40001';
        END IF;
        RETURN NULL;
    END $$;
    DO $$
    DECLARE
        it text;
    BEGIN
        FOR it IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_steps' LOOP
            EXECUTE format('CREATE TRIGGER early AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse()', it);
            EXECUTE format('CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OR DELETE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()', it);
        END LOOP;
        EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database());
    END $$";

pub(crate) async fn options_of_a_stubborn_database() -> PostgresOptions {
    let options = options_of_a_patient_store().await;
    let (client, connection) = tokio_postgres::connect(&options.url, NoTls).await.unwrap();
    let speaking = tokio::spawn(connection);
    client.batch_execute(STUBBORN).await.unwrap();
    drop(client);
    speaking.await.unwrap().unwrap();
    options
}
