"""A round with encounters took place: it is neither cancelled nor planned again. None lasts years."""

from datetime import timedelta

from django.db import migrations, models

ALLER = """
CREATE FUNCTION maraudes_garder_ce_qui_a_eu_lieu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM maraudes_rencontre WHERE maraude_id = NEW.uuid) THEN
        RAISE EXCEPTION 'Cette maraude a des rencontres.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'maraude_qui_a_eu_lieu';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER maraude_qui_a_eu_lieu BEFORE UPDATE OF statut ON maraudes_maraude
    FOR EACH ROW WHEN (OLD.statut <> NEW.statut AND NEW.statut IN ('ANNULEE', 'PLANIFIEE'))
    EXECUTE FUNCTION maraudes_garder_ce_qui_a_eu_lieu();
"""

RETOUR = """
DROP TRIGGER maraude_qui_a_eu_lieu ON maraudes_maraude;
DROP FUNCTION maraudes_garder_ce_qui_a_eu_lieu();
"""


class Migration(migrations.Migration):
    dependencies = [("maraudes", "0006_structure_des_maraudes")]

    operations = [
        migrations.RunSQL(ALLER, RETOUR),
        migrations.AddConstraint(
            model_name="maraude",
            constraint=models.CheckConstraint(
                condition=models.Q(fin_le__isnull=True)
                | models.Q(fin_le__lte=models.F("debut_le") + timedelta(days=7)),
                name="maraude_dure_quelques_jours_au_plus",
                violation_error_message=(
                    "Une maraude ne dure pas plus de sept jours : vérifiez son début et sa fin."
                ),
            ),
        ),
    ]
