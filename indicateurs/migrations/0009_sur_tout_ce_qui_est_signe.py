"""A longer period is of the rows that its months are of, and what is signed rests on all of it."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


PRESENCE = """
DROP VIEW indicateurs_presence;
CREATE VIEW indicateurs_presence AS
SELECT uuid, personne_id, structure_id, cadre, jour AS debut, jour + 1 AS fin{contact}
FROM contacts_contact WHERE issue = 'ECHANGE'
UNION ALL
SELECT a.uuid, c.personne_id, c.structure_id, c.cadre, a.jour, a.jour + 1{acte}
FROM contacts_acte a JOIN contacts_contact c ON c.uuid = a.contact_id
UNION ALL
-- A same-day stay has no night.
SELECT s.uuid, s.personne_id, t.structure_id, 'HEBERGEMENT', s.arrivee, s.depart{sejour}
FROM hebergement_sejour s
JOIN hebergement_place p ON p.uuid = s.place_id JOIN hebergement_site t ON t.uuid = p.site_id
WHERE s.nature = 'SEJOUR' AND (s.depart IS NULL OR s.depart > s.arrivee)
"""
AVEC = PRESENCE.format(contact=", recu_le", acte=", a.recu_le", sejour=", s.recu_le")
SANS = PRESENCE.format(contact="", acte="", sejour="")


class Migration(migrations.Migration):

    dependencies = [
        ('indicateurs', '0008_marquer_ce_qui_est_la'),
    ]

    operations = [
        migrations.RunSQL(AVEC, SANS),
        pgtrigger.migrations.AddTrigger(
            model_name='publication',
            trigger=pgtrigger.compiler.Trigger(name='sur_tout_ce_qui_est_signe', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."statut" = \'SIGNEE\')', func="\nPERFORM pg_advisory_xact_lock(7203023);\nIF EXISTS (\n    SELECT FROM indicateurs_publication autre\n    WHERE autre.statut = 'SIGNEE' AND left(autre.periode, 4) = left(NEW.periode, 4)\n        AND autre.signee_le > NEW.connu_le\n) THEN\n    RAISE EXCEPTION 'Une période de la même année a été signée depuis.'\n        USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_sur_tout_ce_qui_est_signe';\nEND IF;\nRETURN NEW;\n", hash='525aeec29760290239e60efb9efc9fd6822365dc', operation='INSERT OR UPDATE', pgid='pgtrigger_sur_tout_ce_qui_est_signe_28a60', table='indicateurs_publication', when='BEFORE')),
        ),
    ]
