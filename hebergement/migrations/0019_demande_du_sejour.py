"""The request that a stay answered is found by an index: the whole table was read for each stay."""

from django.db import migrations

# The same answer as before. A request is looked for by each stay of the chain, which is short; that
# it is cannot be told from outside, and the join of the two was planned for a hundred.
PAR_SEJOUR = """
CREATE OR REPLACE FUNCTION hebergement_demande_du_sejour(le_sejour uuid) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE chaine AS (
        SELECT s.uuid, s.suite_de_id, 0 AS rang FROM hebergement_sejour s WHERE s.uuid = le_sejour
        UNION ALL
        SELECT a.uuid, a.suite_de_id, c.rang + 1
        FROM chaine c JOIN hebergement_sejour a ON a.uuid = c.suite_de_id
    )
    SELECT premiere.uuid FROM chaine c CROSS JOIN LATERAL (
        SELECT d.uuid FROM hebergement_demandehebergement d WHERE d.sejour_id = c.uuid
        ORDER BY d.demandee_le, d.uuid LIMIT 1
    ) AS premiere ORDER BY c.rang LIMIT 1
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("hebergement", "0018_presences_verifiees")]

    operations = [migrations.RunSQL(PAR_SEJOUR, migrations.RunSQL.noop)]
