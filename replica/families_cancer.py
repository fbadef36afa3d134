"""Families of conditions: solid tumours, blood and lymph. The notation is told in `families.py`."""

TEXT = """
## Thoracic and breast oncology | Neoplasms | BC04 | 9369 Neoplasms; 9371 Neoplasms by Site
+ Histologically or cytologically confirmed disease
+ At least one measurable lesion per RECIST 1.1
+ ECOG performance status of 0 {or 1|to 2}
+ Life expectancy of at least {12 weeks|3 months|6 months}
+ Absolute neutrophil count >= {1.0|1.5} x 10^9/L and platelets >= {75|100} x 10^9/L
+ Total bilirubin <= 1.5 x ULN, AST and ALT <= {2.5|3} x ULN (<= 5 x ULN with liver metastases)
- Symptomatic or untreated brain metastases
- Chemotherapy, radiotherapy or biological therapy within {2|3|4} weeks of the first dose
- Another malignancy within the past {2|3|5} years, except adequately treated basal cell carcinoma
? Overall survival | months
? Progression-free survival by RECIST 1.1 | months
? Objective response rate | participants with a response

= Non-Small Cell Lung Cancer | 2289 Carcinoma, Non-Small-Cell Lung; 8175 Lung Neoplasms | NSCLC; Lung Cancer Metastatic
* pembrolizumab (Keytruda; MK-3475) 582435; osimertinib (Tagrisso) 596361; pemetrexed (Alimta) 68437; \
carboplatin 16190; \
tiragolumab 730814
+ Stage {IIIB|IIIC|IV} disease not amenable to curative treatment
+ PD-L1 tumor proportion score >= {1|50}%
+ Sensitizing EGFR mutation (exon 19 deletion or L858R) in cohort B
- Active interstitial lung disease or pneumonitis requiring steroids
? Intracranial response rate | participants with a response

= Breast Cancer | 1943 Breast Neoplasms; 1941 Breast Diseases | HER2-positive Breast Cancer; \
Triple Negative Breast Cancer
* trastuzumab deruxtecan (Enhertu) 614160; palbociclib (Ibrance) 500026; letrozole (Femara) 77289; \
paclitaxel (Taxol) 17239; partial breast irradiation
+ Hormone receptor positive (>= {1|10}%) and HER2 {negative|1+ or 2+|positive} by local testing
+ Left ventricular ejection fraction >= {50|55}%
+ No more than {1|2} prior lines of chemotherapy in the metastatic setting
- Visceral crisis needing immediate cytotoxic treatment
? Pathological complete response | participants
? Invasive disease-free survival | months

= Esophageal Cancer | 4938 Esophageal Neoplasms; 5767 Gastrointestinal Diseases | \
Esophageal Squamous Cell Carcinoma; ESCC
* toripalimab (JS001) 656314; tislelizumab (BGB-A317) 707970; docetaxel (Taxotere) 77143; \
minimally invasive esophagectomy
+ Squamous cell carcinoma of the thoracic esophagus, cT{1b-2|2-4a} N{0-1|1-3} M0
+ Predicted postoperative FEV1 >= {1.0|1.2} L
- Weight loss > {10|15|20}% within the past 3 months
- Tracheoesophageal fistula
? R0 resection rate | participants

= Malignant Pleural Mesothelioma | 86002 Mesothelioma, Malignant; 10997 Pleural Neoplasms | Mesothelioma; \
Asbestos Cancer
* nivolumab (Opdivo) 77594; ipilimumab (Yervoy) 74324; cisplatin 2945; pegargiminase
+ Unresectable epithelioid or non-epithelioid disease
+ Asbestos exposure is recorded but not required
- Peripheral neuropathy of grade >= 2
? Response by modified RECIST for mesothelioma | participants with a response

= Thyroid Cancer | 13964 Thyroid Neoplasms; 4701 Endocrine Gland Neoplasms | Differentiated Thyroid Cancer; \
Thyroid Nodule
* lenvatinib (Lenvima) 531958; radioactive iodine 614080; selpercatinib (Retevmo) 656103; thyroid lobectomy
+ Radioactive iodine refractory disease
+ TSH < {0.5|5.5} mIU/L under suppressive levothyroxine
- Uncontrolled hypertension (> 150/90 mmHg)
- Urine protein >= 1 g/24 hours
? Serum thyroglobulin response | ng/mL

## Abdominal and skin oncology | Neoplasms | BC04 | 9369 Neoplasms; 9370 Neoplasms by Histologic Type
+ Archival tumor tissue, or willingness to undergo a fresh biopsy
+ Hemoglobin >= {8|9|10} g/dL without transfusion for {7|14} days
+ Creatinine clearance >= {30|45|60} mL/min (Cockcroft-Gault)
- Active autoimmune disease requiring systemic treatment within {1 year|2 years}
- Known additional malignancy that is progressing
- QTcF > {450|470|480} msec
- Live vaccine within {28|30} days before the first dose
? Duration of response | months
? Disease control rate at week 24 | participants
? Dose-limiting toxicities during cycle 1 | participants with an event

= Colorectal Cancer | 15179 Colorectal Neoplasms; 7414 Intestinal Neoplasms | Metastatic Colorectal Cancer; \
Rectal Cancer
* bevacizumab (Avastin) 68258; cetuximab (Erbitux) 68818; oxaliplatin (Eloxatin) 77150; capecitabine (Xeloda) 69287; \
total neoadjuvant therapy
+ RAS {wild type|mutant} and microsatellite {stable|instable high} by central testing
+ Carcinoembryonic antigen >= {5|10} ng/mL
- Bowel obstruction or perforation within {3|6} months
- DPYD variant with complete deficiency
? Clinical complete response at 12 months | participants
? R0 resection of liver metastases | participants

= Hepatocellular Carcinoma | 6528 Carcinoma, Hepatocellular; 8113 Liver Neoplasms | HCC; Liver Cancer
* atezolizumab (Tecentriq) 594389; sorafenib (Nexavar) 77157; transarterial chemoembolization; \
durvalumab (Imfinzi) 613593
+ Barcelona Clinic Liver Cancer stage {B|B or C|C}
+ Child-Pugh score of {5|5 or 6|5 to 7}
+ Alpha-fetoprotein >= {200|400} ng/mL in the biomarker cohort
- Main portal vein tumor thrombus (Vp4)
- Esophageal varices with recent bleeding
- HBV DNA > {500|2000} IU/mL
? Time to untreatable progression | months

= Pancreatic Cancer | 10190 Pancreatic Neoplasms; 10182 Pancreatic Diseases | Pancreatic Ductal Adenocarcinoma; PDAC
* gemcitabine (Gemzar) 93542; nab-paclitaxel (Abraxane) 520255; irinotecan liposome 77146; \
stereotactic body radiotherapy
+ Borderline resectable or locally advanced disease on multiphase CT
+ CA 19-9 < {500|1000} U/mL after biliary drainage
- Neuroendocrine histology
- Ascites requiring paracentesis
? Resection rate with negative margins | participants

= Renal Cell Carcinoma | 2292 Carcinoma, Renal Cell; 7680 Kidney Neoplasms | Kidney Cancer; Clear Cell RCC
* cabozantinib (Cabometyx) 558660; axitinib (Inlyta) 77784; belzutifan (Welireg); partial nephrectomy
+ Clear cell component, {favorable|intermediate or poor} risk by IMDC criteria
+ Karnofsky performance status >= {70|80}%
- Proteinuria > {1|2} g/24 hours
- Thromboembolic event within {3|6} months
? Warm ischemia time | minutes

= Melanoma | 8545 Melanoma; 12878 Skin Neoplasms | Cutaneous Melanoma; Metastatic Melanoma; Uveal Melanoma
* nivolumab (Opdivo) 77594; relatlimab (LAG-3 antibody); dabrafenib (Tafinlar) 561627; trametinib (Mekinist) 560077; \
talimogene laherparepvec
+ Stage {IIB|IIC|IIIB to IV} cutaneous melanoma after complete resection
+ BRAF V600 status known
- Uveal or mucosal primary
- LDH > {1.5|2} x ULN
? Recurrence-free survival | months

## Urogenital and nervous system oncology | Neoplasms | BC04 | 9369 Neoplasms; 14565 Urogenital Neoplasms
+ Adequate bone marrow, liver and kidney function within {7|14|28} days of registration
+ Recovery from toxic effects of prior therapy to grade <= 1
- Major surgery within {3|4} weeks
- Uncontrolled seizures
- Known hypersensitivity to monoclonal antibodies
? Time to next treatment | months
? Quality of life by EORTC QLQ-C30 | score on a scale

= Prostate Cancer | 11471 Prostatic Neoplasms; 11469 Prostatic Diseases | \
Metastatic Castration-resistant Prostate Cancer
* enzalutamide (Xtandi) 540278; abiraterone (Zytiga) 69501; 177Lu-PSMA-617 (Pluvicto) 622512; degarelix 431566; \
hypofractionated radiotherapy
+ Castrate testosterone < 50 ng/dL (1.7 nmol/L)
+ PSA >= {1|2|4} ng/mL with two consecutive rises
+ Gleason score >= {7|8} at diagnosis
- Superscan on bone scintigraphy
- Prior cytotoxic chemotherapy for castration-resistant disease
? PSA decline of at least 50% | participants
? Radiographic progression-free survival | months

= Ovarian Cancer | 10051 Ovarian Neoplasms; 10049 Ovarian Diseases | Platinum-resistant Ovarian Cancer; \
Fallopian Tube Cancer
* olaparib (Lynparza) 531550; niraparib (Zejula) 545685; mirvetuximab soravtansine (Elahere); \
pegylated liposomal doxorubicin 506643
+ High-grade serous disease that progressed within {6|12} months of platinum
+ CA-125 >= {35|70} U/mL
- Bowel obstruction within {4|8} weeks
- Grade >= 2 keratopathy
? CA-125 response by GCIG criteria | participants

= Bladder Cancer | 1749 Urinary Bladder Neoplasms; 14571 Urologic Neoplasms | Urothelial Carcinoma; NMIBC
* enfortumab vedotin (Padcev); BCG 1500; gemcitabine 93542; radical cystectomy; erdafitinib (Balversa)
+ High-risk non-muscle-invasive disease unresponsive to BCG
+ Eligible for cisplatin, glomerular filtration rate >= {50|60} mL/min
- Peripheral neuropathy of grade >= 2
- Corneal ulceration
? Complete response at month 12 | participants

= Glioblastoma | 5909 Glioblastoma; 5910 Glioma | Glioblastoma Multiforme; High Grade Glioma
* temozolomide (Temodar) 77204; bevacizumab (Avastin) 68258; tumor treating fields; lomustine 8130
+ First recurrence at least {8|12} weeks after radiotherapy
+ Karnofsky performance status >= {60|70}
+ Dexamethasone <= {4|6} mg/day
- Infratentorial tumor
- Hemorrhage on imaging > {1|2} cm
? Six-month progression-free survival | participants

= Head and Neck Squamous Cell Carcinoma | 77195 Squamous Cell Carcinoma of Head and Neck; \
6258 Head and Neck Neoplasms | \
HNSCC; Oropharyngeal Cancer
* cetuximab (Erbitux) 68818; cisplatin 2945; intensity-modulated radiotherapy; buparlisib
+ p16 positive oropharyngeal primary, T{1-3|3-4} N{0-2|1-3}
+ Smoking <= {10|20} pack-years
- Nasopharyngeal primary
- Hearing loss of grade >= 3
? Locoregional control at two years | participants
? Swallowing function by MDADI | score on a scale

## Hematology | Blood and Lymph Conditions | BC15 | 6402 Hematologic Diseases; 6425 Hemic and Lymphatic Diseases
+ Left ventricular ejection fraction >= {40|45|50}%
+ Absolute neutrophil count >= {0.75|1.0} x 10^9/L unless due to marrow involvement
- Allogeneic stem cell transplantation within {6|12} months or active graft-versus-host disease
- Central nervous system involvement
- Positive direct Coombs test with active hemolysis
? Minimal residual disease negativity (10^-5) | participants
? Event-free survival | months
? Transfusion independence for at least 8 weeks | participants

= Multiple Myeloma | 9101 Multiple Myeloma; 54219 Neoplasms, Plasma Cell | Relapsed Refractory Multiple Myeloma
* daratumumab (Darzalex) 556306; lenalidomide (Revlimid) 77269; teclistamab (Tecvayli); ciltacabtagene autoleucel; \
bortezomib (Velcade) 69286
+ Serum M-protein >= {0.5|1.0} g/dL or urine M-protein >= 200 mg/24 hours
+ {1 to 3|At least 3} prior lines of therapy including a proteasome inhibitor
- Plasma cell leukemia or POEMS syndrome
- Creatinine clearance < {20|30|40} mL/min
? Very good partial response or better | participants

= Acute Myeloid Leukemia | 15470 Leukemia, Myeloid, Acute; 7951 Leukemia, Myeloid | AML; Relapsed AML; MDS
* venetoclax (Venclexta) 579720; azacitidine (Vidaza) 1374; gilteritinib (Xospata) 609080; cytarabine 3561; \
midostaurin 59
+ Newly diagnosed disease in adults unfit for intensive chemotherapy
+ FLT3-ITD mutation with an allelic ratio >= 0.05
- Acute promyelocytic leukemia
- White blood cell count > {25|30} x 10^9/L before treatment
? Complete remission with incomplete count recovery | participants

= Chronic Lymphocytic Leukemia | 15451 Leukemia, Lymphocytic, Chronic, B-Cell; 7945 Leukemia, Lymphoid | CLL; SLL
* ibrutinib (Imbruvica) 551803; acalabrutinib (Calquence) 604908; obinutuzumab (Gazyva) 543332; pirtobrutinib (Jaypirca)
+ Active disease meeting at least one iwCLL 2018 criterion for treatment
+ Cumulative Illness Rating Scale score > 6 or creatinine clearance < 70 mL/min
- Richter's transformation
- Warfarin or an equivalent vitamin K antagonist
? Undetectable MRD in peripheral blood | participants

= Diffuse Large B-Cell Lymphoma | 16403 Lymphoma, Large B-Cell, Diffuse; 8223 Lymphoma | DLBCL; Non-Hodgkin Lymphoma
* rituximab (MabThera; Rituxan) 69283; polatuzumab vedotin (Polivy); axicabtagene ciloleucel (Yescarta); \
glofitamab (Columvi); cyclophosphamide 3520
+ International Prognostic Index of {2 to 5|3 to 5}
+ At least one FDG-avid lesion > 1.5 cm
- Peripheral neuropathy of grade > 1
- Prior CAR-T cell therapy
? Complete metabolic response by Lugano 2014 | participants

= Sickle Cell Disease | 755 Anemia, Sickle Cell; 740 Anemia | Sickle Cell Anemia; Vaso-occlusive Crisis
* hydroxyurea (Hydrea) 6918; crizanlizumab (Adakveo); exagamglogene autotemcel (Casgevy); L-glutamine 5973
+ Confirmed HbSS or HbS/beta0-thalassemia genotype
+ {1 to 10|2 to 10|At least 4} vaso-occlusive crises in the past 12 months
- Hemoglobin < {5.5|6} g/dL or > {10.5|11} g/dL
- Chronic transfusion program
? Annualized rate of vaso-occlusive crises | crises per year
? Change in hemoglobin | g/dL
"""
